#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <utility>

#include "base/clock.hpp"

namespace mqtt_native::node {

/**
 * Keeps a JavaScript thread awake for a moment after it has sent something, where answers have come within
 * that before, and for as long as one is worth after an answer, for what may follow.
 *
 * Each prompt answer is credited with what it costs to be put to sleep and woken; the time in which the
 * thread looks is paid for with that, so that no more is spent. Who gets no answer in a moment runs into
 * debt, deeper each time: the answer may be waiting for this very processor.
 */
class BusyPoll {
 public:
  using Duration = base::Clock::duration;
  static constexpr Duration poll_limit = std::chrono::microseconds(100);
  static constexpr Duration credit_per_hit = std::chrono::microseconds(30);
  static constexpr Duration max_credit = 4 * poll_limit;
  static constexpr Duration min_penalty = 12 * credit_per_hit;
  static constexpr Duration max_penalty = 1024 * credit_per_hit;
  /** More events at once are a flood: what that needs is the processors. */
  static constexpr size_t max_events = 32;
  /** With fewer looks in a moment it is the program that takes its time. */
  static constexpr int min_iterations = 8;

  struct Loop {
    std::function<void()> stay_awake;
    std::function<void()> may_sleep;
  };
  explicit BusyPoll(Loop loop) : loop_(std::move(loop)) {}
  ~BusyPoll();
  BusyPoll(const BusyPoll&) = delete;
  BusyPoll& operator=(const BusyPoll&) = delete;

  /** Something has been sent that may be answered. */
  void on_flush(base::TimePoint now);  // loop
  /** So many events have come at once. */
  void on_events(base::TimePoint now, size_t events);  // loop
  /** The loop, awake, is about to look for what has come. */
  void on_iteration(base::TimePoint now);  // loop

 private:
  void charge(base::TimePoint now);
  void stop_polling();

  const Loop loop_;
  base::TimePoint flushed_at_ = base::never;  // and not answered yet
  bool is_polling_ = false;
  base::TimePoint polling_since_ = base::never;
  int iterations_ = 0;  // since then
  Duration credit_{};
  Duration penalty_ = min_penalty;  // of the next moment in vain
};

}  // namespace mqtt_native::node
