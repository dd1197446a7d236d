#pragma once

#include <algorithm>
#include <chrono>

namespace mqtt_native::base {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;

/** The point in time that never comes. */
inline constexpr TimePoint never = TimePoint::max();

/**
 * Milliseconds from now until `due` for poll(2) and its like: rounded up, -1 for `never`, at most `limit`.
 */
inline int milliseconds_until(TimePoint due, int limit = 60'000) {
  if (due == never) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(due - Clock::now()).count();
  return static_cast<int>(std::clamp<long>(left, 0, limit));
}

}  // namespace mqtt_native::base
