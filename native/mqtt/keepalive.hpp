#pragma once

#include <atomic>
#include <chrono>

#include "base/clock.hpp"

namespace mqtt_native::mqtt {

/**
 * Decides when to send PINGREQ and when a silent peer is dead (MQTT 5, section 3.1.2.10). The connection does
 * the sending. Everything but `sent` belongs to its reader.
 */
class Keepalive {
 public:
  enum class Action : uint8_t { none, ping, give_up };

  /** Starts the timers. An `interval` of zero turns keepalive off. */
  void start(std::chrono::seconds interval, base::TimePoint now);

  void sent(base::TimePoint now) { last_sent_.store(now, std::memory_order_relaxed); }  // any
  void received(base::TimePoint now) {
    last_received_ = now;
    waiting_ = false;
  }

  /**
   * Returns the action that is due. `writing`: the peer accepts bytes, which proves it alive. `listening`:
   * its packets are being read, so its silence counts.
   */
  Action check(base::TimePoint now, bool writing, bool listening);

  /** Whether a PINGREQ is unanswered: no packet has arrived since. */
  [[nodiscard]] bool waiting() const { return waiting_; }

  [[nodiscard]] base::TimePoint due() const;

 private:
  /** The time after a PINGREQ until a silent peer is dead: half an interval, as brokers count. */
  [[nodiscard]] base::Clock::duration response_timeout() const { return interval_ / 2; }
  /** The idle time before a PINGREQ: the broker counts from the arrival of bytes, and timers are late. */
  [[nodiscard]] base::Clock::duration idle_limit() const { return interval_ - interval_ / 10; }

  base::Clock::duration interval_{};
  std::atomic<base::TimePoint> last_sent_{base::TimePoint{}};
  base::TimePoint last_received_{};
  base::TimePoint pinged_{};
  bool waiting_ = false;
};

}  // namespace mqtt_native::mqtt
