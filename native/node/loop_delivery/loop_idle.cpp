#include "node/loop_delivery/loop_idle.hpp"

#include <memory>
#include <utility>

namespace mqtt_native::node {

std::optional<LoopIdle> LoopIdle::make(napi_env env, LoopHandles& handles, std::function<void()> on_turn) {
  uv_loop_s* loop = find_loop(env);
  if (loop == nullptr) return std::nullopt;
  auto handle = std::make_unique<LoopHandle>(LoopHandle::Type::idle, std::move(on_turn));
  auto* idle = handle->as<uv_idle_s>();
  uv_idle_init(loop, idle);  // cannot fail
  handles.give(std::move(handle));
  return LoopIdle(idle);
}

void LoopIdle::start() const {
  uv_idle_start(handle_, [](uv_idle_s* self) { LoopHandle::call(self); });
}

void LoopIdle::stop() const {
  uv_idle_stop(handle_);
}

}  // namespace mqtt_native::node
