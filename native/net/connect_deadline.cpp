#include "net/connect_deadline.hpp"

#include <poll.h>

#include <array>

namespace mqtt_native::net {

std::optional<base::Failure> ConnectDeadline::check(const std::string& doing) const {
  if (cancellation_.is_cancelled()) return base::Failure{"ABORTED", "The connection attempt was given up"};
  if (base::Clock::now() >= deadline_) return base::Failure{"TIMEOUT", "Timed out while " + doing};
  return std::nullopt;
}

std::optional<base::Failure> ConnectDeadline::wait_for(int descriptor, short events,
                                                       const std::string& doing) const {
  std::array<pollfd, 2> waiting{{{descriptor, events, 0}, {cancellation_.descriptor(), POLLIN, 0}}};
  for (;;) {
    if (auto failure = check(doing)) return failure;
    if (::poll(waiting.data(), waiting.size(), base::milliseconds_until(deadline_)) > 0 &&
        waiting[0].revents != 0)
      return check(doing);
  }
}

}  // namespace mqtt_native::net
