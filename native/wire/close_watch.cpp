#include "wire/close_watch.hpp"

#include <algorithm>
#include <utility>

namespace mqtt_native::wire {

bool CloseWatch::is_kept(net::TimePoint now, uint32_t takes) {
  const auto passed = now - begin_;
  if (passed < period) return false;
  begin_ = now;
  const uint32_t taken = takes - std::exchange(takes_, takes);
  return std::min(std::exchange(arrivals_, 0), taken) * period >= often * passed;
}

}  // namespace mqtt_native::wire
