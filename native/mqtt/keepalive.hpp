#pragma once

#include <atomic>
#include <chrono>

#include "base/clock.hpp"

namespace mqtt_native::mqtt {

/**
 * When to send PINGREQ, and when to give a silent peer up (MQTT 5, section 3.1.2.10). Knows time only: the
 * connection does the sending. Everything but `sent` belongs to its reader.
 */
class Keepalive {
 public:
  enum class Action : uint8_t { none, ping, give_up };

  /** `interval` zero turns it off. */
  void start(std::chrono::seconds interval, base::TimePoint now);

  void sent(base::TimePoint now) { last_sent_.store(now, std::memory_order_relaxed); }  // any
  void received(base::TimePoint now) {
    last_received_ = now;
    waiting_ = false;
  }

  /**
   * What is due. `writing`: bytes are still leaving, which proves the peer alive as much as hearing from it
   * does; `listening`: we read what it sends, so its silence means something.
   */
  Action check(base::TimePoint now, bool writing, bool listening);

  /** Whether a PINGREQ is unanswered: nothing at all has come since. */
  [[nodiscard]] bool waiting() const { return waiting_; }

  /** No action is due before this. */
  [[nodiscard]] base::TimePoint due() const;

 private:
  /**
   * A peer that has been silent for this long after a PINGREQ is dead: half an interval, as brokers reckon.
   */
  [[nodiscard]] base::Clock::duration response_timeout() const { return interval_ / 2; }
  /** We ping a little early: the broker counts from when bytes reach it, and timers are late, never early. */
  [[nodiscard]] base::Clock::duration idle_limit() const { return interval_ - interval_ / 10; }

  base::Clock::duration interval_{};
  std::atomic<base::TimePoint> last_sent_{base::TimePoint{}};
  base::TimePoint last_received_{};
  base::TimePoint pinged_{};
  bool waiting_ = false;
};

}  // namespace mqtt_native::mqtt
