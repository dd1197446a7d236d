#include "net/epoll_set.hpp"

#include <sys/epoll.h>

#include <algorithm>

namespace mqtt_native::net {

EpollSet::EpollSet() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {}

bool EpollSet::add(int descriptor, uint32_t owner) {
  epoll_event interest{};
  interest.events = EPOLLIN;
  interest.data.u32 = owner;
  const std::lock_guard lock(mutex_);
  if (::epoll_ctl(epoll_.number(), EPOLL_CTL_ADD, descriptor, &interest) != 0) return false;
  owners_.push_back(owner);
  return true;
}

void EpollSet::remove(int descriptor, uint32_t owner) {
  const std::lock_guard lock(mutex_);
  ::epoll_ctl(epoll_.number(), EPOLL_CTL_DEL, descriptor, nullptr);
  std::erase(owners_, owner);
}

std::span<const uint32_t> EpollSet::take() {
  {
    const std::lock_guard lock(mutex_);
    ready_[0] = owners_.empty() ? 0 : owners_[0];
    if (owners_.size() <= 1) return {ready_.data(), owners_.size()};
  }
  std::array<epoll_event, max_reported> events;
  const int count = std::max(0, ::epoll_wait(epoll_.number(), events.data(), max_reported, 0));
  std::transform(events.begin(), events.begin() + count, ready_.begin(),
                 [](const epoll_event& event) { return event.data.u32; });
  return {ready_.data(), static_cast<size_t>(count)};
}

}  // namespace mqtt_native::net
