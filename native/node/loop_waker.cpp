#include "node/loop_waker.hpp"

#include <napi.h>

#include <mutex>
#include <utility>

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

class TsfnWaker final : public LoopWaker {
 public:
  TsfnWaker(Napi::Env env, std::function<void()> on_wake) : env_(env), on_wake_(std::move(on_wake)) {
    napi_create_threadsafe_function(env, nullptr, nullptr, Napi::String::New(env, "mqtt-native"), 0, 1,
                                    nullptr, nullptr, this, on_call, &function_);
    napi_unref_threadsafe_function(env, function_);
  }

  void wake() override {
    const std::lock_guard lock(mutex_);
    if (function_ != nullptr) napi_call_threadsafe_function(function_, nullptr, napi_tsfn_nonblocking);
  }

  void keep_alive(bool alive) override {
    if (alive)
      napi_ref_threadsafe_function(env_, function_);
    else
      napi_unref_threadsafe_function(env_, function_);
  }

  void close() override {
    const std::lock_guard lock(mutex_);
    napi_release_threadsafe_function(std::exchange(function_, nullptr), napi_tsfn_abort);
  }

 private:
  static void on_call(napi_env env, napi_value, void* context, void*) {
    if (env != nullptr) static_cast<TsfnWaker*>(context)->on_wake_();
  }

  const Napi::Env env_;
  const std::function<void()> on_wake_;
  std::mutex mutex_;
  napi_threadsafe_function function_ = nullptr;
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

std::shared_ptr<LoopWaker> make_tsfn_waker(napi_env env, std::function<void()> on_wake) {
  return std::make_shared<TsfnWaker>(env, std::move(on_wake));
}

}  // namespace mqtt_native::node
