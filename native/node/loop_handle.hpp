#pragma once

#include <node_api.h>

#include <cstdlib>
#include <functional>
#include <memory>
#include <vector>

#include "node/libuv.hpp"

namespace mqtt_native::node {

/** Returns the event loop of an environment; null if it is unknown or not libuv's. */
[[nodiscard]] uv_loop_s* find_loop(napi_env env);  // loop

/**
 * The memory of a libuv handle, and the function that it calls. Once given to the loop, it lives until the
 * loop has closed it, at the end of Node's environment at the latest. It does not keep the loop alive.
 */
class LoopHandle {
 public:
  /** The values of libuv's uv_handle_type. */
  enum class Type : int { async = 1, idle = 6, poll = 8 };

  LoopHandle(Type type, std::function<void()> on_event);

  template <class Handle>
  [[nodiscard]] Handle* as() const {
    return static_cast<Handle*>(memory_.get());
  }

  template <class Handle>
  static void call(Handle* handle) {
    of(reinterpret_cast<uv_handle_s*>(handle))->on_event_();
  }

 private:
  friend class LoopHandles;

  void close();  // loop
  static LoopHandle* of(const uv_handle_s* handle);
  static void on_exit(napi_async_cleanup_hook_handle hook, void* handle);
  static void on_closed(uv_handle_s* handle);

  const std::function<void()> on_event_;
  const std::unique_ptr<void, decltype(&std::free)> memory_;
  napi_async_cleanup_hook_handle end_ = nullptr;
  bool closing_ = false;
};

class LoopHandles {
 public:
  explicit LoopHandles(napi_env env) : env_(env) {}

  void give(std::unique_ptr<LoopHandle> handle);  // loop: an initialised one, which the loop owns from now on

  void close();  // loop

  /** Leaves the handles to the end of Node's environment, which closes them. */
  void abandon();  // loop

 private:
  const napi_env env_;
  std::vector<LoopHandle*> handles_;
};

/** Has the loop call a function while a descriptor is readable. Returns false unless the loop is libuv's. */
[[nodiscard]] bool poll_in_loop(napi_env env, LoopHandles& handles, int descriptor,
                                std::function<void()> on_readable);  // loop

}  // namespace mqtt_native::node
