#pragma once

#include <cstdlib>
#include <functional>
#include <memory>
#include <vector>

#include "node/libuv.hpp"

namespace mqtt_native::node {

/** The event loop of an environment, which is libuv's; null where that cannot be told. */
[[nodiscard]] uv_loop_s* find_loop(napi_env env);  // loop

/**
 * The memory of one of libuv's handles, and the function that this calls. Given to the loop, it lives until
 * the loop has closed it, at the end of Node's environment at the latest. It does not keep the loop alive.
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

  /** Of one that has been given to the loop. */
  template <class Handle>
  static void call(Handle* handle) {
    of(reinterpret_cast<uv_handle_s*>(handle))->on_event_();
  }

 private:
  friend class LoopHandles;

  /** Returns the handle, which is the loop's from now on. */
  static LoopHandle* give_to_loop(napi_env env, std::unique_ptr<LoopHandle> handle);  // loop
  void close();                                                                       // loop
  static LoopHandle* of(const uv_handle_s* handle);
  static void on_exit(napi_async_cleanup_hook_handle hook, void* handle);
  static void on_closed(uv_handle_s* handle);

  const std::function<void()> on_event_;
  const std::unique_ptr<void, decltype(&std::free)> memory_;
  napi_async_cleanup_hook_handle end_ = nullptr;
  bool closing_ = false;
};

/** The handles that one object has given to the event loop. */
class LoopHandles {
 public:
  explicit LoopHandles(napi_env env) : env_(env) {}

  /** Gives a handle that libuv has initialised to the loop. */
  void give(std::unique_ptr<LoopHandle> handle);  // loop

  /** Has the loop close all of them. */
  void close();  // loop

  /** Leaves them to the end of Node's environment, which closes all handles. */
  void abandon();  // loop

 private:
  const napi_env env_;
  std::vector<LoopHandle*> handles_;
};

}  // namespace mqtt_native::node
