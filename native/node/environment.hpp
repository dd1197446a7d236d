#pragma once

#include <napi.h>

#include <array>
#include <memory>

#include "node/inbox.hpp"

namespace mqtt_native::node {

/**
 * What the addon keeps for one JavaScript thread: the inbox of its clients, the doorbell that wakes its event
 * loop, and the function that the events are delivered to. A worker thread has its own.
 */
class Environment {
 public:
  /** `deliver(slab, payloads, more)` gets every portion of events; `more`: call `drain` in a later turn. */
  Environment(Napi::Env env, Napi::Function deliver);  // loop
  ~Environment();                                      // loop

  static Environment* of(Napi::Env env) {
    return env.GetInstanceData<Environment>();
  }  // loop; null before `start`

  [[nodiscard]] const std::shared_ptr<Inbox>& inbox() const { return inbox_; }

  /** Delivers one portion of what waits. */
  void deliver();  // loop

  /** Whether the doorbell keeps the event loop alive. */
  void keep_alive(bool alive);  // loop

  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  static void on_ring(napi_env env, napi_value callback, void* context, void* data);
  static void on_exit(void* environment);
  void call(const std::array<napi_value, 3>& arguments);
  napi_value copy_buffer(wire::BytesView bytes);
  napi_value payload_buffers(Slab& slab);
  napi_value payload_buffer(Slab::LargePayload& payload);
  void shut();

  const Napi::Env env_;
  Napi::FunctionReference deliver_;
  napi_threadsafe_function doorbell_ = nullptr;
  std::shared_ptr<Inbox> inbox_;
  bool shut_ = false;
};

}  // namespace mqtt_native::node
