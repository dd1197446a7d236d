#pragma once

#include <node_api.h>

#include <functional>
#include <memory>

#include "node/loop_handle.hpp"

namespace mqtt_native::node {

class LoopWaker {
 public:
  virtual ~LoopWaker() = default;

  /** Has the function called in the event loop soon, once for several calls in a row. */
  virtual void wake() = 0;  // any
  /** Sets whether the waker keeps the event loop alive; off at first. Not after `close`. */
  virtual void keep_alive(bool alive) = 0;  // loop
  virtual void close() = 0;                 // loop
};

/** Makes a waker with an async handle of libuv, called outside of any handle scope; null: another loop. */
[[nodiscard]] std::shared_ptr<LoopWaker> make_uv_async_waker(napi_env env, LoopHandles& handles,
                                                             std::function<void()> on_wake);  // loop

/**
 * Makes a waker with a thread-safe function of Node-API, which all runtimes have. The caller of `wake` holds
 * a lock that the function needs.
 */
[[nodiscard]] std::shared_ptr<LoopWaker> make_tsfn_waker(napi_env env,
                                                         std::function<void()> on_wake);  // loop

}  // namespace mqtt_native::node
