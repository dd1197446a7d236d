#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>

#include "net/clock.hpp"

namespace mqtt_native::node {

/**
 * Keeps a JavaScript thread awake for a moment after it has sent something, where answers have come within
 * that of late. To be put to sleep and woken takes a processor longer than such an answer does, so it costs
 * work, too. A moment in vain does not: the answer may be waiting for the very processor. Each makes the next
 * one rarer.
 */
class BusyPoll {
 public:
  static constexpr std::chrono::microseconds moment{100};
  /** Answers within a moment, in a row, after which the next one is waited for awake: at first, and at most.
   */
  static constexpr uint32_t least_prompt = 4;
  static constexpr uint32_t most_prompt = 1024;
  /** Events that come at once beyond these are a flood: what it needs is the processors. */
  static constexpr size_t few = 32;

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
  /** So many events have come from brokers. */
  void answered(net::TimePoint now, size_t events);  // loop
  /** The loop, awake, is about to look once more for what has come. */
  void turned(net::TimePoint now);  // loop

 private:
  void wake_up();
  void fall_asleep();

  const Loop loop_;
  net::TimePoint asked_ = net::never;
  bool is_awake_ = false;
  net::TimePoint looking_since_ = net::never;
  uint32_t prompt_ = 0;  // answers in a row that came within a moment
  uint32_t enough_ = least_prompt;
};

}  // namespace mqtt_native::node
