#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <utility>

#include "net/clock.hpp"

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
  using Duration = net::Clock::duration;
  static constexpr Duration moment = std::chrono::microseconds(100);
  static constexpr Duration worth = std::chrono::microseconds(30);
  static constexpr Duration most_credit = 4 * moment;
  static constexpr Duration least_debt = 12 * worth;
  static constexpr Duration most_debt = 1024 * worth;
  /** More events at once are a flood: what that needs is the processors. */
  static constexpr size_t few = 32;
  /** With fewer looks in a moment it is the program that takes its time. */
  static constexpr int some_looks = 8;

  struct Loop {
    std::function<void()> stay_awake;
    std::function<void()> may_sleep;
  };
  explicit BusyPoll(Loop loop) : loop_(std::move(loop)) {}
  ~BusyPoll();
  BusyPoll(const BusyPoll&) = delete;
  BusyPoll& operator=(const BusyPoll&) = delete;

  /** Something has been sent that may be answered. */
  void asked(net::TimePoint now);  // loop
  /** So many events have come at once. */
  void answered(net::TimePoint now, size_t events);  // loop
  /** The loop, awake, is about to look for what has come. */
  void turned(net::TimePoint now);  // loop

 private:
  void pay(net::TimePoint now);
  void fall_asleep();

  const Loop loop_;
  net::TimePoint asked_ = net::never;  // and not answered yet
  bool is_awake_ = false;
  net::TimePoint looking_since_ = net::never;
  int looks_ = 0;  // since then
  Duration credit_{};
  Duration debt_ = least_debt;  // of the next moment in vain
};

}  // namespace mqtt_native::node
