#include "node/loop_delivery/loop_busy_poll.hpp"

namespace mqtt_native::node {

void LoopBusyPoll::start() {
  if (poll_ || !make_idle()) return;
  poll_.emplace(BusyPoll::Loop{
      .stay_awake = [this] { uv_idle_start(idle_, [](uv_idle_s* self) { LoopHandle::call(self); }); },
      .may_sleep = [this] { uv_idle_stop(idle_); }});
}

bool LoopBusyPoll::make_idle() {
  if (idle_ != nullptr) return true;
  uv_loop_s* loop = find_loop(env_);
  if (loop == nullptr) return false;
  auto handle = std::make_unique<LoopHandle>(LoopHandle::Type::idle,
                                             [this] { poll_->on_iteration(base::Clock::now()); });
  idle_ = handle->as<uv_idle_s>();
  uv_idle_init(loop, idle_);  // cannot fail
  handles_.give(std::move(handle));
  return true;
}

void LoopBusyPoll::on_flush() {
  if (poll_) poll_->on_flush(base::Clock::now());
}

void LoopBusyPoll::on_events(const EventBatch& batch) {
  if (poll_ && batch.has_answers()) poll_->on_events(base::Clock::now(), batch.events());
}

}  // namespace mqtt_native::node
