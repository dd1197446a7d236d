#include <mutex>
#include <utility>

#include "node/loop_waker.hpp"

namespace mqtt_native::node {

namespace {

class UvAsyncWaker final : public LoopWaker {
 public:
  explicit UvAsyncWaker(uv_async_s* handle) : handle_(handle) {}

  void wake() override {
    const std::lock_guard lock(mutex_);
    if (handle_ != nullptr) uv_async_send(handle_);
  }

  void keep_alive(bool alive) override {
    auto* handle = reinterpret_cast<uv_handle_s*>(handle_);
    if (alive)
      uv_ref(handle);
    else
      uv_unref(handle);
  }

  void close() override {
    const std::lock_guard lock(mutex_);
    handle_ = nullptr;
  }

 private:
  std::mutex mutex_;    // the woken thread rarely takes it
  uv_async_s* handle_;  // owned by the loop
};

}  // namespace

std::shared_ptr<LoopWaker> make_uv_async_waker(napi_env env, LoopHandles& handles,
                                               std::function<void()> on_wake) {
  uv_loop_s* loop = find_loop(env);
  if (loop == nullptr) return nullptr;
  auto handle = std::make_unique<LoopHandle>(LoopHandle::Type::async, std::move(on_wake));
  auto* async = handle->as<uv_async_s>();
  if (uv_async_init(loop, async, [](uv_async_s* self) { LoopHandle::call(self); }) != 0) return nullptr;
  handles.give(std::move(handle));
  return std::make_shared<UvAsyncWaker>(async);
}

}  // namespace mqtt_native::node
