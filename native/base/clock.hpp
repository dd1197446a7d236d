#pragma once

#include <algorithm>
#include <chrono>

namespace mqtt_native::base {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;

inline constexpr TimePoint never = TimePoint::max();

/**
 * Returns the milliseconds until `due` as a timeout for poll(2): rounded up, -1 for `never`, at most `limit`.
 */
inline int milliseconds_until(TimePoint due, int limit = 60'000) {
  if (due == never) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(due - Clock::now()).count();
  return static_cast<int>(std::clamp<long>(left, 0, limit));
}

}  // namespace mqtt_native::base
