#include "events.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>

#include "measure.h"

namespace remote {

Events wait_for_events(int socket, double until) {
  const double seconds = std::max(0.0, until - now());
  const double whole = std::floor(seconds);
  const timespec timeout{static_cast<time_t>(whole), static_cast<long>((seconds - whole) * 1e9)};
  std::array<pollfd, 2> interests{{{STDIN_FILENO, POLLIN, 0}, {socket, POLLIN, 0}}};
  ::ppoll(interests.data(), interests.size(), &timeout, nullptr);
  return {.is_over = interests[0].revents != 0, .is_readable = interests[1].revents != 0};
}

}  // namespace remote
