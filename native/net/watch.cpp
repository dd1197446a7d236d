#include "net/watch.hpp"

#include <sys/epoll.h>

#include <algorithm>

namespace mqtt_native::net {

Watch::Watch() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {}

bool Watch::arm(int descriptor, uint32_t owner) {
  epoll_event interest{};
  interest.events = EPOLLIN | EPOLLONESHOT;
  interest.data.u32 = owner;
  return ::epoll_ctl(epoll_.number(), EPOLL_CTL_MOD, descriptor, &interest) == 0 ||
         ::epoll_ctl(epoll_.number(), EPOLL_CTL_ADD, descriptor, &interest) == 0;
}

std::span<const uint32_t> Watch::take() {
  std::array<epoll_event, few> events;
  const int count = std::max(0, ::epoll_wait(epoll_.number(), events.data(), few, 0));
  std::transform(events.begin(), events.begin() + count, ready_.begin(),
                 [](const epoll_event& event) { return event.data.u32; });
  return {ready_.data(), static_cast<size_t>(count)};
}

}  // namespace mqtt_native::net
