#include "node/loop_handle.hpp"

#include <utility>

namespace mqtt_native::node {

uv_loop_s* find_loop(napi_env env) {
  uv_loop_s* loop = nullptr;
  if (uv_handle_size == nullptr || napi_get_uv_event_loop(env, &loop) != napi_ok) return nullptr;
  return loop;
}

LoopHandle::LoopHandle(Type type, std::function<void()> on_event)
    : on_event_(std::move(on_event)),
      memory_(std::malloc(uv_handle_size(static_cast<int>(type))), std::free) {}

void LoopHandle::close() {
  if (!std::exchange(closing_, true)) uv_close(as<uv_handle_s>(), on_closed);
}

LoopHandle* LoopHandle::of(const uv_handle_s* handle) {
  return static_cast<LoopHandle*>(uv_handle_get_data(handle));
}

void LoopHandle::on_exit(napi_async_cleanup_hook_handle, void* handle) {
  static_cast<LoopHandle*>(handle)->close();
}

void LoopHandle::on_closed(uv_handle_s* handle) {
  const std::unique_ptr<LoopHandle> ended(of(handle));
  napi_remove_async_cleanup_hook(ended->end_);
}

void LoopHandles::give(std::unique_ptr<LoopHandle> handle) {
  LoopHandle* raw = handle.release();
  uv_handle_set_data(raw->as<uv_handle_s>(), raw);
  uv_unref(raw->as<uv_handle_s>());
  napi_add_async_cleanup_hook(env_, LoopHandle::on_exit, raw, &raw->end_);
  handles_.push_back(raw);
}

void LoopHandles::close() {
  for (LoopHandle* handle : handles_) handle->close();
  handles_.clear();
}

void LoopHandles::abandon() {
  handles_.clear();
}

bool poll_in_loop(napi_env env, LoopHandles& handles, int descriptor, std::function<void()> on_readable) {
  constexpr int readable = 1;  // UV_READABLE
  uv_loop_s* loop = find_loop(env);
  if (loop == nullptr) return false;
  auto handle = std::make_unique<LoopHandle>(LoopHandle::Type::poll, std::move(on_readable));
  auto* poll = handle->as<uv_poll_s>();
  if (uv_poll_init(loop, poll, descriptor) != 0) return false;
  uv_poll_start(poll, readable, [](uv_poll_s* self, int, int) { LoopHandle::call(self); });
  handles.give(std::move(handle));
  return true;
}

}  // namespace mqtt_native::node
