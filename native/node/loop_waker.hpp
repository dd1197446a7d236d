#pragma once

#include <node_api.h>

#include <functional>
#include <memory>

#include "node/loop_handle.hpp"

namespace mqtt_native::node {

/** With which other threads wake a JavaScript thread. */
class LoopWaker {
 public:
  virtual ~LoopWaker() = default;

  /** Has the function called in the event loop, soon; once for rings that come in a row. */
  virtual void wake() = 0;  // any
  /** Whether the waker keeps the event loop alive: not at first. Not after `close`. */
  virtual void keep_alive(bool alive) = 0;  // loop
  /** Calls nobody any more. */
  virtual void close() = 0;  // loop
};

/** libuv's own. Null where the loop is not libuv's. The function is called outside of any scope. */
[[nodiscard]] std::shared_ptr<LoopWaker> make_uv_async_waker(napi_env env, LoopHandles& handles,
                                                             std::function<void()> on_wake);  // loop

/**
 * Node-API's, a thread-safe function, which every runtime has. Whoever rings holds a lock that the function
 * needs.
 */
[[nodiscard]] std::shared_ptr<LoopWaker> make_tsfn_waker(napi_env env,
                                                         std::function<void()> on_wake);  // loop

}  // namespace mqtt_native::node
