#include "session/runtime.hpp"

#include "session/session.hpp"

namespace mqtt_native::session {

void Runtime::post(std::shared_ptr<Session> session) {
  std::unique_lock lock(mutex_);
  posted_.push_back(std::move(session));
  signal(std::move(lock));
}

void Runtime::signal() {
  signal(std::unique_lock(mutex_));
}

/** Unlocks first, because the woken thread takes the same lock. */
void Runtime::signal(std::unique_lock<std::mutex> lock) {
  signalled_ = true;
  const bool wakes = std::exchange(waits_, false);
  lock.unlock();
  if (wakes) work_.notify_one();
}

void Runtime::run_posted() {
  std::vector<std::shared_ptr<Session>> posted;
  {
    const std::lock_guard lock(mutex_);
    posted.swap(posted_);
  }
  for (const auto& session : posted) session->run_posted();
}

void Runtime::wait_for_work(base::Clock::duration limit) {
  std::unique_lock lock(mutex_);
  waits_ = true;
  work_.wait_for(lock, limit, [this] { return signalled_; });
  waits_ = signalled_ = false;
}

}  // namespace mqtt_native::session
