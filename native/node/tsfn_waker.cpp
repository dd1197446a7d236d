#include <napi.h>

#include <mutex>
#include <utility>

#include "node/loop_waker.hpp"

namespace mqtt_native::node {

namespace {

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

std::shared_ptr<LoopWaker> make_tsfn_waker(napi_env env, std::function<void()> on_wake) {
  return std::make_shared<TsfnWaker>(env, std::move(on_wake));
}

}  // namespace mqtt_native::node
