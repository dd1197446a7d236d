#include "node/environment.hpp"

#include <cstdlib>
#include <cstring>

#include "paho/engine.hpp"

namespace mqtt_native::node {

Environment::Environment(Napi::Env env, Napi::Function deliver)
    : env_(env), deliver_(Napi::Persistent(deliver)) {
  napi_create_threadsafe_function(env, nullptr, nullptr, Napi::String::New(env, "mqtt-native"), 0, 1, nullptr,
                                  nullptr, this, on_ring, &doorbell_);
  napi_unref_threadsafe_function(env, doorbell_);
  inbox_ = std::make_shared<Inbox>(Inbox::Notice{
      .ring = [doorbell =
                   doorbell_] { napi_call_threadsafe_function(doorbell, nullptr, napi_tsfn_nonblocking); },
      .resume = [] { paho::Engine::instance().sockets().wake(); },
  });
  napi_add_env_cleanup_hook(env, on_exit, this);
}

Environment::~Environment() {
  napi_remove_env_cleanup_hook(env_, on_exit, this);
  shut();
}

/** The environment is going: nobody may ring from now on. Sessions end when their objects are finalized. */
void Environment::on_exit(void* environment) {
  static_cast<Environment*>(environment)->shut();
}

void Environment::shut() {
  if (std::exchange(shut_, true)) return;
  inbox_->close();
  napi_release_threadsafe_function(doorbell_, napi_tsfn_abort);
}

void Environment::keep_alive(bool alive) {
  if (shut_) return;
  if (alive)
    napi_ref_threadsafe_function(env_, doorbell_);
  else
    napi_unref_threadsafe_function(env_, doorbell_);
}

void Environment::on_ring(napi_env env, napi_value, void* context, void*) {
  if (env != nullptr) static_cast<Environment*>(context)->deliver();
}

void Environment::deliver() {
  std::optional<Slab> slab = inbox_->take();
  if (!slab) return;
  const Napi::HandleScope scope(env_);
  const Napi::Value payloads = payload_buffers(*slab);
  const Napi::Value bytes = slab_buffer(*slab);
  inbox_->recycle(std::move(*slab));
  deliver_.Call({bytes, payloads, Napi::Boolean::New(env_, !inbox_->empty())});
  if (env_.IsExceptionPending()) napi_fatal_exception(env_, env_.GetAndClearPendingException().Value());
}

Napi::Value Environment::slab_buffer(const Slab& slab) const {
  const wire::BytesView bytes = slab.bytes();
  Napi::ArrayBuffer buffer = Napi::ArrayBuffer::New(env_, bytes.size());
  std::memcpy(buffer.Data(), bytes.data(), bytes.size());
  return buffer;
}

Napi::Value Environment::payload_buffers(Slab& slab) const {
  auto& payloads = slab.large_payloads();
  if (payloads.empty()) return env_.Undefined();
  const Napi::Array list = Napi::Array::New(env_, payloads.size());
  for (uint32_t i = 0; i < payloads.size(); i++) {
    auto& [memory, size] = payloads[i];
    napi_value buffer = nullptr;
    const auto free_payload = [](napi_env, void* data, void*) { std::free(data); };
    if (napi_create_external_arraybuffer(env_, memory.get(), size, free_payload, nullptr, &buffer) ==
        napi_ok) {
      (void)memory.release();
    } else {  // a runtime that keeps foreign memory out
      void* data = nullptr;
      napi_create_arraybuffer(env_, size, &data, &buffer);
      std::memcpy(data, memory.get(), size);
    }
    list.Set(i, Napi::Value(env_, buffer));
  }
  return list;
}

}  // namespace mqtt_native::node
