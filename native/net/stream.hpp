#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/failure.hpp"

namespace mqtt_native::net {

/**
 * What one attempt to move bytes through a stream did. What an upper layer
 * reads may all have been its own: then it has moved, or drained, no bytes.
 */
struct Transfer {
  enum class State : uint8_t {
    moved,    // `bytes` were moved, more may be possible at once
    drained,  // `bytes` were moved, and until the next readiness event there are no more
    blocked,  // nothing can move until the next readiness event or, when it `awaits_read`, a read `unblocks`
    ended,    // the peer has finished sending
    failed,   // the stream is broken: `error` is the errno, `Stream::failure` may say more
  };
  State state;
  size_t bytes = 0;
  int error = 0;
  bool unblocks = false;     // of a read: a write that was blocked may go on
  bool awaits_read = false;  // of a write: what it has to wait for is yet to be read
};

/**
 * An open byte stream to a broker that never blocks. One thread at a time reads, and one at a time writes;
 * both may happen at once.
 *
 * Streams lie on top of each other: a socket, on it perhaps TLS, on that perhaps WebSocket. The upper ones
 * put what they are given into records or frames. So:
 *
 * - After a write that did not take everything, the next one must begin with the bytes that it did not take:
 *   they may be in a record already that has not left yet.
 * - A write of nothing lets go what the stream itself has to say (a pong, an alert). It is owed whenever
 *   writing has become possible again, and once nothing else is written while the stream `delays_ack`.
 */
class Stream {
 public:
  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  virtual ~Stream() = default;

  virtual Transfer read(std::span<std::byte> into) = 0;
  virtual Transfer write(std::span<const iovec> from) = 0;

  /** Whether the system may hold back the ACK of what has been read, until the next write. */
  [[nodiscard]] virtual bool delays_ack() const { return false; }  // any

  /** Tells the peer that no more bytes will come, as each layer says it; reading goes on. */
  virtual void finish_writing() = 0;

  /** What broke the stream, where that is more than an errno. After a transfer has failed; same thread. */
  [[nodiscard]] virtual std::optional<base::Failure> failure() const { return std::nullopt; }

  /** The descriptor whose readiness drives this stream. */
  [[nodiscard]] virtual int descriptor() const = 0;
};

/** Why a transfer failed: what the stream says of it, or else the errno, worded after the call. */
base::Failure to_failure(const Stream& stream, std::string_view call, const Transfer& transfer);

}  // namespace mqtt_native::net
