#include "node/loop_delivery/loop_poll.hpp"

#include <memory>
#include <utility>

namespace mqtt_native::node {

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
