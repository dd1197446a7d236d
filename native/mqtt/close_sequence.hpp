#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <utility>

#include "base/clock.hpp"
#include "base/failure.hpp"
#include "mqtt/packet.hpp"

namespace mqtt_native::mqtt {

/** The reason of a connection's end, and the broker's last packet: a refusing CONNACK, or a DISCONNECT. */
struct CloseReason {
  base::Failure failure;
  uint8_t reason_code = 0;  // sent to the broker on MQTT 5; 0: none
  Bytes packet;
};

/**
 * The end of a connection: it is over, its owner closes it, and it drains. After a DISCONNECT the broker must
 * close first. Closing a socket with unread bytes resets the connection, and the reset may overtake the
 * DISCONNECT. A broker that accepts no bytes is not waited for.
 */
class CloseSequence {
 public:
  /** The time limit for the broker to close, after the last byte has been sent. */
  static constexpr std::chrono::seconds linger{1};

  /** Ends the connection. The first call counts. Returns whether this is the first one. */
  bool end(CloseReason reason) {  // any
    const std::lock_guard lock(mutex_);
    if (reason_) return false;
    reason_ = std::move(reason);
    over_ = true;
    return true;
  }
  [[nodiscard]] CloseReason close_reason() {  // any
    const std::lock_guard lock(mutex_);
    return reason_.value_or(CloseReason{{"CONNECTION_LOST", "The connection was closed"}, 0, {}});
  }
  void close() { closed_ = true; }  // reader

  [[nodiscard]] bool is_over() const { return over_; }               // any
  [[nodiscard]] bool is_closed() const { return closed_; }           // any
  [[nodiscard]] bool is_open() const { return !over_ && !closed_; }  // any

  /** Whether the broker is still waited for, with so many bytes unsent. */
  [[nodiscard]] bool lingers(size_t unsent, base::TimePoint now) {  // reader
    if (unsent < unsent_) linger_until_ = now + linger;
    unsent_ = unsent;
    return now < linger_until_;
  }

 private:
  std::mutex mutex_;
  std::optional<CloseReason> reason_;
  std::atomic<bool> over_ = false;
  std::atomic<bool> closed_ = false;

  // reader
  size_t unsent_ = SIZE_MAX;
  base::TimePoint linger_until_{};
};

}  // namespace mqtt_native::mqtt
