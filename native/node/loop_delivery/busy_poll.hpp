#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <utility>

#include "base/clock.hpp"

namespace mqtt_native::node {

/**
 * Keeps an event loop polling for a moment after a flush, if answers have been that prompt before. After an
 * answer it polls for `credit_per_hit`, because more may follow.
 *
 * Each prompt answer earns the cost of a sleep and a wake-up as credit. Polling time is charged against it,
 * so that no more is spent. A poll without an answer costs a penalty, which grows each time: the broker may
 * need this very processor.
 */
class BusyPoll {
 public:
  using Duration = base::Clock::duration;
  static constexpr Duration poll_limit = std::chrono::microseconds(100);
  static constexpr Duration credit_per_hit = std::chrono::microseconds(30);
  static constexpr Duration max_credit = 4 * poll_limit;
  static constexpr Duration min_penalty = 12 * credit_per_hit;
  static constexpr Duration max_penalty = 1024 * credit_per_hit;
  /** More events at once are heavy traffic, which needs the processors. */
  static constexpr size_t max_events = 32;
  /** With fewer iterations in `poll_limit` the program is busy. */
  static constexpr int min_iterations = 8;

  struct Loop {
    std::function<void()> stay_awake;
    std::function<void()> may_sleep;
  };
  explicit BusyPoll(Loop loop) : loop_(std::move(loop)) {}
  ~BusyPoll();
  BusyPoll(const BusyPoll&) = delete;
  BusyPoll& operator=(const BusyPoll&) = delete;

  /** A client has flushed, and an answer may follow. */
  void on_flush(base::TimePoint now);                  // loop
  void on_events(base::TimePoint now, size_t events);  // loop
  /** The polling loop is about to look for input. */
  void on_iteration(base::TimePoint now);  // loop

 private:
  void charge(base::TimePoint now);
  void stop_polling();

  const Loop loop_;
  base::TimePoint flushed_at_ = base::never;  // of the last flush without an answer
  bool is_polling_ = false;
  base::TimePoint polling_since_ = base::never;
  int iterations_ = 0;  // since `polling_since_`
  Duration credit_{};
  Duration penalty_ = min_penalty;  // of the next poll without an answer
};

}  // namespace mqtt_native::node
