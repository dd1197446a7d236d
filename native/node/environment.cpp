#include "node/environment.hpp"

#include "node/services.hpp"
#include "node/values.hpp"

namespace mqtt_native::node {

namespace {

/** Bytes: below this, copying costs less than a finalizer. */
constexpr size_t min_external_size = 16 * 1024;

napi_value external_buffer(napi_env env, void* memory, size_t size) {
  napi_value buffer = nullptr;
  const auto free_memory = [](napi_env, void* data, void*) { std::free(data); };
  const napi_status status =
      napi_create_external_arraybuffer(env, memory, size, free_memory, nullptr, &buffer);
  return status == napi_ok ? buffer : nullptr;
}

napi_value copy_buffer(napi_env env, mqtt::BytesView bytes) {
  void* data = nullptr;
  napi_value buffer = nullptr;
  if (napi_create_arraybuffer(env, bytes.size(), &data, &buffer) != napi_ok) return nullptr;
  if (!bytes.empty()) std::memcpy(data, bytes.data(), bytes.size());
  return buffer;
}

/** Makes an ArrayBuffer that holds the memory. A runtime without external memory gets a copy. */
napi_value held_buffer(napi_env env, const EventBatch::Held& held) {
  auto holder = std::make_unique<base::SharedBytes>(held.memory);
  const auto free = [](napi_env, void*, void* hint) {
    const std::unique_ptr<base::SharedBytes> memory(static_cast<base::SharedBytes*>(hint));
  };
  napi_value buffer = nullptr;
  const napi_status status = napi_create_external_arraybuffer(env, const_cast<std::byte*>(held.begin),
                                                              held.size, free, holder.get(), &buffer);
  if (status != napi_ok) return copy_buffer(env, {held.begin, held.size});
  (void)holder.release();
  return buffer;
}

// Both return null in an environment that is ending, which creates no objects.

/** Makes the ArrayBuffer of a batch. It owns the memory of a large, well filled batch; others are copied. */
napi_value batch_buffer(napi_env env, EventBatch& batch) {
  MallocBuffer& memory = batch.memory();
  const bool worth_it = memory.size() >= min_external_size && memory.size() * 2 >= memory.capacity();
  napi_value buffer = worth_it ? external_buffer(env, memory.data(), memory.size()) : nullptr;
  if (buffer == nullptr) return copy_buffer(env, memory.view());
  (void)memory.release();
  return buffer;
}

/** Makes an array with an ArrayBuffer for each held memory; undefined if there is none. */
napi_value held_buffers(napi_env env, const EventBatch& batch) {
  napi_value list = nullptr;
  if (batch.held().empty()) return napi_get_undefined(env, &list) == napi_ok ? list : nullptr;
  if (napi_create_array_with_length(env, batch.held().size(), &list) != napi_ok) return nullptr;
  for (uint32_t i = 0; const EventBatch::Held& held : batch.held()) {
    const napi_value buffer = held_buffer(env, held);
    if (buffer == nullptr || napi_set_element(env, list, i++, buffer) != napi_ok) return nullptr;
  }
  return list;
}

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
      handles_(info.Env()),
      busy_poll_(info.Env(), handles_) {
  if (IsEmpty()) {
    shut_ = true;
    delete_at_end<Environment>(env_, this);
    return;
  }
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

/** Runs when the object is collected, or after Node's environment has ended and its hooks have run. */
Environment::~Environment() {
  // Some runtimes abort when a hook that has run is removed.
  if (!shut_) napi_remove_env_cleanup_hook(env_, on_exit, this);
  shut();
  handles_.close();
}

/** Node's environment is ending: no thread may wake it. Handles and sessions have their own hooks. */
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
void Environment::drain(const Napi::CallbackInfo& /*info*/) {
  deliver();
}

/** keepAlive(alive): whether the waker keeps the event loop alive */
void Environment::keep_alive(const Napi::CallbackInfo& info) {
  if (!shut_) waker_->keep_alive(info[0].ToBoolean());
}

/** retain(retained): whether this object must not be collected, even if unreferenced */
void Environment::retain(const Napi::CallbackInfo& info) {
  const bool retained = info[0].ToBoolean();
  if (std::exchange(retained_, retained) == retained) return;
  if (retained)
    Ref();
  else
    Unref();
}

/** trace(wanted): whether lines of the trace are among the events */
void Environment::trace(const Napi::CallbackInfo& info) {
  set_trace(info[0].ToBoolean());
}

/** busyPoll(wanted): whether the event loop polls for prompt answers; off at first */
void Environment::busy_poll(const Napi::CallbackInfo& info) {
  if (!info[0].ToBoolean())
    busy_poll_.stop();
  else if (!shut_ && context_)
    busy_poll_.start();
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

/** Calls JavaScript. A terminated worker runs none any more. Any other exception is an uncaught one. */
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
