#pragma once

#include <functional>
#include <optional>

#include "node/loop_handle.hpp"

namespace mqtt_native::node {

/** Keeps an event loop from waiting: while this is on, it turns, and looks each time for what there is. */
class LoopIdle {
 public:
  /** `on_turn` is called in each turn, before the loop looks. Nothing where the loop is not libuv's. */
  static std::optional<LoopIdle> make(napi_env env, LoopHandles& handles,
                                      std::function<void()> on_turn);  // loop

  // Not after its handle has been closed.
  void start() const;  // loop
  void stop() const;   // loop

 private:
  explicit LoopIdle(uv_idle_s* handle) : handle_(handle) {}

  uv_idle_s* handle_;  // the loop's
};

}  // namespace mqtt_native::node
