#include "net/patience.hpp"

#include <poll.h>

#include <array>

namespace mqtt_native::net {

Failure timed_out(const std::string& doing) {
  return {"TIMEOUT", "Timed out while " + doing};
}

Failure cancelled() {
  return {"ABORTED", "The connection attempt was given up"};
}

std::optional<Failure> Patience::over(const std::string& doing) const {
  if (cancel_.requested()) return cancelled();
  if (Clock::now() >= deadline_) return timed_out(doing);
  return std::nullopt;
}

std::optional<Failure> Patience::wait_for(int descriptor, short events, const std::string& doing) const {
  std::array<pollfd, 2> waiting{{{descriptor, events, 0}, {cancel_.descriptor(), POLLIN, 0}}};
  for (;;) {
    if (auto failure = over(doing)) return failure;
    if (::poll(waiting.data(), waiting.size(), milliseconds_until(deadline_)) > 0 && waiting[0].revents != 0)
      return over(doing);
  }
}

}  // namespace mqtt_native::net
