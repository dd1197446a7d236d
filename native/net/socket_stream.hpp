#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/clock.hpp"
#include "base/file_descriptor.hpp"
#include "net/stream.hpp"

namespace mqtt_native::net {

/**
 * Decides when a TCP socket acknowledges a read at once. Linux delays the ACK by up to 40 ms on a connection
 * that has answered, so that the next answer carries it. A peer with Nagle's algorithm holds its next small
 * segment back meanwhile. TCP_QUICKACK ends that until the next write (tcp(7)). So it is due once after a
 * write and a small read, and only if no write follows that read.
 */
class DelayedAck {
 public:
  /** In bytes. Nagle's algorithm holds back no full segment, and a larger read is mostly full segments. */
  static constexpr size_t max_read = 16 * 1024;
  /** Early ACKs in a period. Each costs a system call and a packet. */
  static constexpr unsigned max_per_period = 50;
  static constexpr std::chrono::milliseconds period{1};

  void on_read(size_t bytes) {  // reader
    State expected = State::delayed;
    if (bytes < max_read && state_.load(std::memory_order_relaxed) == expected)
      state_.compare_exchange_strong(expected, State::due, std::memory_order_relaxed);
  }
  /** The segment that was written carries the ACK. */
  void on_write() { state_.store(State::delayed, std::memory_order_relaxed); }  // writer

  /** Whether the system may be delaying an ACK that no write has carried. */
  [[nodiscard]] bool is_due() const { return state_.load(std::memory_order_relaxed) == State::due; }  // any
  /**
   * Clears `is_due`. Returns whether the ACK must be sent now, which is false beyond the limit of a period.
   */
  [[nodiscard]] bool claim(base::TimePoint now) {  // writer
    if (!is_due()) return false;
    if (now - period_begin_ >= period) {
      period_begin_ = now;
      in_period_ = 0;
    }
    const bool is_allowed = in_period_ < max_per_period;
    if (is_allowed) in_period_++;
    state_.store(is_allowed ? State::prompt : State::delayed, std::memory_order_relaxed);
    return is_allowed;
  }

 private:
  enum class State : uint8_t {
    prompt,   // the system acknowledges what is read
    delayed,  // something was written since: the system holds the next ACK back
    due,      // and something was read since
  };

  std::atomic<State> state_ = State::prompt;
  // writer
  base::TimePoint period_begin_{};
  unsigned in_period_ = 0;
};

class SocketStream final : public Stream {
 public:
  /** Owns a connected, non-blocking socket. `acknowledges_early`: for TCP, as DelayedAck decides. */
  explicit SocketStream(base::FileDescriptor socket, bool acknowledges_early = false)
      : socket_(std::move(socket)), acknowledges_early_(acknowledges_early) {}

  Transfer read(std::span<std::byte> into) override;
  Transfer write(std::span<const iovec> from) override;
  [[nodiscard]] bool delays_ack() const override { return ack_.is_due(); }
  void finish_writing() override;
  [[nodiscard]] int descriptor() const override { return socket_.number(); }

 private:
  void acknowledge();

  base::FileDescriptor socket_;
  const bool acknowledges_early_;
  DelayedAck ack_;
};

}  // namespace mqtt_native::net
