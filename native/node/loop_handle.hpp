#pragma once

#include <cstdlib>
#include <functional>
#include <memory>

#include "node/libuv.hpp"

namespace mqtt_native::node {

/** The event loop of an environment, which is libuv's; null where that cannot be told. */
[[nodiscard]] uv_loop_s* loop_of(napi_env env);  // loop

/**
 * The memory of one of libuv's handles, and the function that this calls. Given to the loop, it lives until
 * that has let go of it, at the end of the environment; that alone does not keep the loop alive.
 */
class LoopHandle {
 public:
  /** As libuv numbers them: uv_handle_type. */
  enum class Type : int { async = 1, idle = 6, poll = 8 };

  LoopHandle(Type type, std::function<void()> on_event);

  template <class Handle>
  [[nodiscard]] Handle* as() const {
    return static_cast<Handle*>(memory_.get());
  }

  /** Once libuv has initialised it. */
  static void give_to_loop(napi_env env, std::unique_ptr<LoopHandle> handle);  // loop

  /** Of one that has been given to the loop. */
  template <class Handle>
  static void call(Handle* handle) {
    of(reinterpret_cast<uv_handle_s*>(handle))->on_event_();
  }

 private:
  static LoopHandle* of(const uv_handle_s* handle);
  static void on_exit(napi_async_cleanup_hook_handle hook, void* handle);
  static void on_closed(uv_handle_s* handle);

  const std::function<void()> on_event_;
  const std::unique_ptr<void, decltype(&std::free)> memory_;
  napi_async_cleanup_hook_handle end_ = nullptr;
};

}  // namespace mqtt_native::node
