#include "node/environment.hpp"

#include <cstdlib>
#include <cstring>

#include "node/loop_delivery/loop_poll.hpp"
#include "node/services.hpp"
#include "node/values.hpp"

namespace mqtt_native::node {

namespace {

/** Below this, copying costs less than a finalizer. */
constexpr size_t min_external_size = 16 * 1024;

}  // namespace

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
      handles_(info.Env()) {
  const bool has_libuv = info[2].ToBoolean();
  if (has_libuv) make_context();
  make_waker(has_libuv);
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
  busy_poll_.reset();
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
  set_busy_poll(info[0].ToBoolean());
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

void Environment::make_context() {
  resource_ = Napi::Persistent(Napi::Object::New(env_));
  context_.emplace(env_, "mqtt-native", resource_.Value());
}

void Environment::make_waker(bool has_libuv) {
  if (has_libuv) waker_ = make_uv_async_waker(env_, handles_, [this] { on_wake_in_loop(); });
  if (!waker_) waker_ = make_tsfn_waker(env_, [this] { on_wake(); });
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

void Environment::set_busy_poll(bool wanted) {
  if (!wanted) busy_poll_.reset();
  if (!wanted || busy_poll_ || shut_ || !context_) return;
  if (!idle_)
    idle_ = LoopIdle::make(env_, handles_, [this] { busy_poll_->on_iteration(base::Clock::now()); });
  if (idle_)
    busy_poll_.emplace(
        BusyPoll::Loop{.stay_awake = [this] { idle_->start(); }, .may_sleep = [this] { idle_->stop(); }});
}

void Environment::flushed() {
  if (busy_poll_) busy_poll_->on_flush(base::Clock::now());
}

/** A connection of this thread's sessions is readable. */
void Environment::on_readable() {
  if (shut_) return;
  {
    const Napi::HandleScope handles(env_);
    const Napi::CallbackScope scope(env_, *context_);
    reader_->read();
    if (reader_->owes_packets()) reader_->flush_replies();
    if (!yielded_) deliver();
  }
  reader_->flush_replies();
}

void Environment::deliver() {
  const Napi::HandleScope scope(env_);
  if (std::optional<EventBatch> batch = event_queue_->take()) {
    if (busy_poll_ && batch->has_answers()) busy_poll_->on_events(base::Clock::now(), batch->events());
    const napi_value held = held_buffers(*batch);
    const napi_value bytes = batch_buffer(*batch);
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

// An environment that is ending creates no objects. These functions return null then, and the events are
// dropped.

/** Gives a large batch to JavaScript with its memory. Small ones, and sparsely filled ones, are copied. */
napi_value Environment::batch_buffer(EventBatch& batch) {
  MallocBuffer& memory = batch.memory();
  const bool worth_it = memory.size() >= min_external_size && memory.size() * 2 >= memory.capacity();
  napi_value buffer = worth_it ? external_buffer(memory.data(), memory.size()) : nullptr;
  if (buffer == nullptr) return copy_buffer(memory.view());
  (void)memory.release();
  return buffer;
}

napi_value Environment::external_buffer(void* memory, size_t size) {
  napi_value buffer = nullptr;
  const auto free_memory = [](napi_env, void* data, void*) { std::free(data); };
  const napi_status status =
      napi_create_external_arraybuffer(env_, memory, size, free_memory, nullptr, &buffer);
  return status == napi_ok ? buffer : nullptr;
}

napi_value Environment::copy_buffer(mqtt::BytesView bytes) {
  void* data = nullptr;
  napi_value buffer = nullptr;
  if (napi_create_arraybuffer(env_, bytes.size(), &data, &buffer) != napi_ok) return nullptr;
  if (!bytes.empty()) std::memcpy(data, bytes.data(), bytes.size());
  return buffer;
}

napi_value Environment::held_buffers(const EventBatch& batch) {
  napi_value list = nullptr;
  if (batch.held().empty()) return napi_get_undefined(env_, &list) == napi_ok ? list : nullptr;
  if (napi_create_array_with_length(env_, batch.held().size(), &list) != napi_ok) return nullptr;
  for (uint32_t i = 0; const EventBatch::Held& held : batch.held()) {
    const napi_value buffer = held_buffer(held);
    if (buffer == nullptr || napi_set_element(env_, list, i++, buffer) != napi_ok) return nullptr;
  }
  return list;
}

/** Makes an ArrayBuffer that holds the memory. A runtime without external memory gets a copy. */
napi_value Environment::held_buffer(const EventBatch::Held& held) {
  auto holder = std::make_unique<base::SharedBytes>(held.memory);
  const auto free = [](napi_env, void*, void* hint) {
    const std::unique_ptr<base::SharedBytes> memory(static_cast<base::SharedBytes*>(hint));
  };
  napi_value buffer = nullptr;
  const napi_status status = napi_create_external_arraybuffer(env_, const_cast<std::byte*>(held.begin),
                                                              held.size, free, holder.get(), &buffer);
  if (status != napi_ok) return copy_buffer({held.begin, held.size});
  (void)holder.release();
  return buffer;
}

}  // namespace mqtt_native::node
