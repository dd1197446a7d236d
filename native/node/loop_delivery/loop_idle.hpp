#pragma once

#include <functional>
#include <optional>

#include "node/loop_handle.hpp"

namespace mqtt_native::node {

/** Keeps an event loop from blocking: while started, the loop iterates without waiting. */
class LoopIdle {
 public:
  /**
   * Makes an idle handle. `on_turn` is called in each iteration, before the loop polls. Returns nothing if
   * the loop is not libuv's.
   */
  static std::optional<LoopIdle> make(napi_env env, LoopHandles& handles,
                                      std::function<void()> on_turn);  // loop

  // Must not be called once the handle is closed.
  void start() const;  // loop
  void stop() const;   // loop

 private:
  explicit LoopIdle(uv_idle_s* handle) : handle_(handle) {}

  uv_idle_s* handle_;  // owned by the loop
};

}  // namespace mqtt_native::node
