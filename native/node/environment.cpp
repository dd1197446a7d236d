#include "node/environment.hpp"

#include <utility>

#include "node/batch_buffers.hpp"
#include "node/loop_delivery/loop_poll.hpp"
#include "node/services.hpp"
#include "node/values.hpp"

namespace mqtt_native::node {

Napi::Function Environment::define(Napi::Env env) {
  return DefineClass(env, "Environment",
                     {
                         InstanceMethod<&Environment::drain>("drain"),
                         InstanceMethod<&Environment::keep_alive>("keepAlive"),
                         InstanceMethod<&Environment::retain>("retain"),
                         InstanceMethod<&Environment::trace>("trace"),
                         InstanceMethod<&Environment::busy_poll>("busyPoll"),
                     });
}

Environment::Environment(const Napi::CallbackInfo& info)
    : ObjectWrap(info),
      env_(info.Env()),
      deliver_(keep_function(info, 0, "deliver")),
      yield_(keep_function(info, 1, "yieldTurn")),
      handles_(info.Env()),
      busy_poll_(info.Env(), handles_) {
  const bool has_libuv = info[2].ToBoolean();
  if (has_libuv) {
    resource_ = Napi::Persistent(Napi::Object::New(env_));
    context_.emplace(env_, "mqtt-native", resource_.Value());
    waker_ = make_uv_async_waker(env_, handles_, [this] { on_wake_in_loop(); });
  }
  if (!waker_) waker_ = make_tsfn_waker(env_, [this] { on_wake(); });
  event_queue_ = std::make_shared<EventQueue>(EventQueue::Notice{
      .wake = [waker = waker_] { waker->wake(); },
      .resume = [] { process_runtime().wake(); },
  });
  if (has_libuv) read_in_loop();
  // Added last and so called first, before the hooks that close the loop's handles.
  napi_add_env_cleanup_hook(env_, on_exit, this);
}

/**
 * Runs when the object is collected or Node's environment has ended. In the latter case the hooks have run
 * and closed the handles.
 */
Environment::~Environment() {
  // Some runtimes abort when a hook that has run is removed.
  if (!shut_) napi_remove_env_cleanup_hook(env_, on_exit, this);
  shut();
  handles_.close();
}

/**
 * Node's environment is ending: no thread may wake it from now on. Sessions end when their objects are
 * finalized, and libuv's handles have hooks of their own.
 */
void Environment::on_exit(void* environment) {
  auto* self = static_cast<Environment*>(environment);
  self->shut();
  self->handles_.abandon();
}

void Environment::shut() {
  if (std::exchange(shut_, true)) return;
  set_trace(false);
  event_queue_->close();
  waker_->close();
  context_.reset();
  busy_poll_.stop();
}

/** drain(): delivers the next portion of events */
Napi::Value Environment::drain(const Napi::CallbackInfo& info) {
  deliver();
  return info.Env().Undefined();
}

/** keepAlive(alive): whether the waker keeps the event loop alive */
Napi::Value Environment::keep_alive(const Napi::CallbackInfo& info) {
  if (!shut_) waker_->keep_alive(info[0].ToBoolean());
  return info.Env().Undefined();
}

/** retain(retained): whether this object must not be collected, even if unreferenced */
Napi::Value Environment::retain(const Napi::CallbackInfo& info) {
  const bool retained = info[0].ToBoolean();
  if (std::exchange(retained_, retained) == retained) return info.Env().Undefined();
  if (retained)
    Ref();
  else
    Unref();
  return info.Env().Undefined();
}

/** trace(wanted): whether lines of the trace are among the events */
Napi::Value Environment::trace(const Napi::CallbackInfo& info) {
  set_trace(info[0].ToBoolean());
  return info.Env().Undefined();
}

/** busyPoll(wanted): whether the event loop polls for prompt answers; off at first */
Napi::Value Environment::busy_poll(const Napi::CallbackInfo& info) {
  if (!info[0].ToBoolean())
    busy_poll_.stop();
  else if (!shut_ && context_)
    busy_poll_.start();
  return info.Env().Undefined();
}

/** Makes a weak reference to a function argument, which becomes a property of the object. */
Napi::FunctionReference Environment::keep_function(const Napi::CallbackInfo& info, size_t index,
                                                   const char* name) {
  const auto function = info[index].As<Napi::Function>();
  hold_in(info.This(), name, function);
  return Napi::Weak(function);
}

void Environment::set_trace(bool wanted) {
  if (wanted && !tracing_ && !shut_)
    tracing_ = process_runtime().trace().listen(
        [event_queue = event_queue_](std::string_view line) { event_queue->trace(line); });
  else if (!wanted && tracing_)
    process_runtime().trace().forget(*std::exchange(tracing_, std::nullopt));
}

void Environment::on_wake() {
  if (!shut_ && !yielded_) deliver();
}

void Environment::on_wake_in_loop() {
  if (shut_) return;
  const Napi::HandleScope handles(env_);
  const Napi::CallbackScope scope(env_, *context_);
  on_wake();
}

void Environment::read_in_loop() {
  const auto reader =
      std::make_shared<LoopReader>([event_queue = event_queue_] { return event_queue->is_quiet(); });
  if (!poll_in_loop(env_, handles_, reader->descriptor(), [this, reader] { on_readable(); })) return;
  reader_ = reader;
}

/** A connection of this thread's sessions is readable. */
void Environment::on_readable() {
  if (shut_) return;
  {
    const Napi::HandleScope handles(env_);
    const Napi::CallbackScope scope(env_, *context_);
    reader_->read();
    if (!yielded_) deliver();
  }
  reader_->flush_replies();
}

void Environment::deliver() {
  const Napi::HandleScope scope(env_);
  if (std::optional<EventBatch> batch = event_queue_->take()) {
    busy_poll_.on_events(*batch);
    const napi_value held = held_buffers(env_, *batch);
    const napi_value bytes = batch_buffer(env_, *batch);
    if (held != nullptr && bytes != nullptr) call(deliver_, std::array{bytes, held});
  }
  yielded_ = !event_queue_->rearm();
  if (yielded_) call(yield_, {});
}

/**
 * Calls JavaScript. A worker that is being terminated runs none any more. Any other exception is an uncaught
 * one.
 */
void Environment::call(const Napi::FunctionReference& function, std::span<const napi_value> arguments) {
  napi_value undefined = nullptr;
  napi_get_undefined(env_, &undefined);
  if (napi_call_function(env_, undefined, function.Value(), arguments.size(), arguments.data(), nullptr) !=
      napi_pending_exception)
    return;
  napi_value error = nullptr;
  if (napi_get_and_clear_last_exception(env_, &error) == napi_ok) napi_fatal_exception(env_, error);
}

}  // namespace mqtt_native::node
