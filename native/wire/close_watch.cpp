#include "wire/close_watch.hpp"

#include <algorithm>
#include <utility>

namespace mqtt_native::wire {

bool CloseWatch::is_kept(net::TimePoint now, uint32_t takes) {
  const auto passed = now - begin_;
  if (passed < period) return false;
  begin_ = now;
  const uint32_t taken = takes - std::exchange(takes_, takes);
  const uint32_t fewer = std::min(std::exchange(arrivals_, 0), taken);
  return now - last_ < period && fewer * period >= often * passed;
}

}  // namespace mqtt_native::wire
