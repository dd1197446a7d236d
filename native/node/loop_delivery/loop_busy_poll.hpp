#pragma once

#include <optional>

#include "node/event_batch.hpp"
#include "node/loop_delivery/busy_poll.hpp"
#include "node/loop_handle.hpp"

namespace mqtt_native::node {

/** The busy polling of one event loop. While it polls, an idle handle keeps the loop from blocking. */
class LoopBusyPoll {
 public:
  LoopBusyPoll(napi_env env, LoopHandles& handles) : env_(env), handles_(handles) {}

  /** Turns it on, if the loop is libuv's. Must not be called once the handles are closed. */
  void start();                   // loop
  void stop() { poll_.reset(); }  // loop

  /** A client has flushed, and an answer may follow. */
  void on_flush();                          // loop
  void on_events(const EventBatch& batch);  // loop

 private:
  bool make_idle();

  const napi_env env_;
  LoopHandles& handles_;
  uv_idle_s* idle_ = nullptr;  // owned by the loop; made at first use
  std::optional<BusyPoll> poll_;
};

}  // namespace mqtt_native::node
