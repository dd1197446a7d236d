#pragma once

#include <chrono>
#include <cstdint>

#include "net/clock.hpp"

namespace mqtt_native::wire {

/** Finds out whether something comes often, and is taken as often. */
class CloseWatch {
 public:
  static constexpr std::chrono::milliseconds period{1};
  /** Times in a period. */
  static constexpr uint32_t often = 4;

  /** Something has come. */
  void arrived(net::TimePoint now) {
    arrivals_++;
    last_ = now;
  }
  /** Whether that has been often since this was last answered, and is still so. Answers once in a period, and
   * says no in between. `takes`: how often something has been taken so far. */
  [[nodiscard]] bool is_kept(net::TimePoint now, uint32_t takes);

 private:
  uint32_t arrivals_ = 0;  // since `begin_`
  uint32_t takes_ = 0;     // at `begin_`
  net::TimePoint begin_{};
  net::TimePoint last_{};
};

}  // namespace mqtt_native::wire
