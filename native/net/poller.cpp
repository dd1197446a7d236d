#include "net/poller.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <array>
#include <cerrno>

namespace mqtt_native::net {

int Poller::open() {
  base::FileDescriptor epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) return errno;
  base::FileDescriptor event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event) return errno;
  epoll_event interest{};
  interest.events = EPOLLIN | EPOLLET;  // edge-triggered: the counter need never be read
  interest.data.ptr = nullptr;
  if (::epoll_ctl(epoll.number(), EPOLL_CTL_ADD, event.number(), &interest) != 0) return errno;
  epoll_ = std::move(epoll);
  event_ = std::move(event);
  return 0;
}

namespace {

epoll_event make_interest(void* owner, bool reports_input) {
  epoll_event interest{};
  interest.events = EPOLLOUT | EPOLLET;
  if (reports_input) interest.events |= EPOLLIN | EPOLLRDHUP;
  interest.data.ptr = owner;
  return interest;
}

}  // namespace

int Poller::add(int descriptor, void* owner) {
  epoll_event interest = make_interest(owner, true);
  return ::epoll_ctl(epoll_.number(), EPOLL_CTL_ADD, descriptor, &interest) == 0 ? 0 : errno;
}

void Poller::report_input(int descriptor, void* owner, bool reported) {
  epoll_event interest = make_interest(owner, reported);
  ::epoll_ctl(epoll_.number(), EPOLL_CTL_MOD, descriptor, &interest);
}

void Poller::remove(int descriptor) {
  ::epoll_ctl(epoll_.number(), EPOLL_CTL_DEL, descriptor, nullptr);
}

std::span<const Readiness> Poller::wait(base::TimePoint due) {
  std::array<epoll_event, batch> events;
  const int count = ::epoll_wait(epoll_.number(), events.data(), batch, base::milliseconds_until(due));
  size_t ready = 0;
  woken_ = false;
  for (int i = 0; i < count; i++) {
    const epoll_event& event = events[static_cast<size_t>(i)];
    if (event.data.ptr == nullptr) {
      woken_ = true;
      continue;
    }
    const bool broken = (event.events & (EPOLLERR | EPOLLHUP)) != 0;
    const bool hung_up = broken || (event.events & EPOLLRDHUP) != 0;
    ready_[ready++] = {event.data.ptr, hung_up || (event.events & EPOLLIN) != 0,
                       broken || (event.events & EPOLLOUT) != 0, hung_up};
  }
  return {ready_, ready};
}

void Poller::wake() {
  eventfd_write(event_.number(), 1);
}

}  // namespace mqtt_native::net
