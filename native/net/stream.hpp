#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <variant>

#include "base/failure.hpp"

namespace mqtt_native::net {

/**
 * The result of one read or write. An upper layer may read bytes that are all its own (a handshake, a ping):
 * then it has moved, or drained, no bytes.
 */
struct Transfer {
  enum class State : uint8_t {
    moved,    // `bytes` were moved, more may be possible at once
    drained,  // `bytes` were moved, and until the next readiness event there are no more
    blocked,  // nothing can move until the next readiness event or, when it `awaits_read`, a read `unblocks`
    ended,    // the peer has shut down its sending side
    failed,   // the stream is broken: `error` is the errno, `Stream::failure` may say more
  };
  State state;
  size_t bytes = 0;
  int error = 0;
  bool unblocks = false;     // of a read: a blocked write may continue
  bool awaits_read = false;  // of a write: it must wait for something that is still unread
};

/**
 * An open, non-blocking byte stream to a broker. One thread at a time reads and one at a time writes; both
 * may happen concurrently.
 *
 * Streams are stacked: a socket, perhaps TLS on it, perhaps WebSocket on that. The upper layers put the given
 * bytes into records or frames. This gives two rules:
 *
 * - After a partial write, the next write must begin with the bytes that were not accepted. They may already
 *   be part of an unsent record.
 * - An empty write sends pending bytes of the stream itself (a pong, an alert). It is required when writing
 *   has become possible again, and when nothing else is written while the stream `delays_ack`.
 */
class Stream {
 public:
  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  virtual ~Stream() = default;

  virtual Transfer read(std::span<std::byte> into) = 0;
  virtual Transfer write(std::span<const iovec> from) = 0;

  /** Whether the system may delay the ACK of received bytes until the next write. */
  [[nodiscard]] virtual bool delays_ack() const { return false; }  // any

  /** Shuts down the sending side at each layer. Reading continues. */
  virtual void finish_writing() = 0;

  /** The failure of the last transfer, if an errno does not describe it. Call it on the same thread. */
  [[nodiscard]] virtual std::optional<base::Failure> failure() const { return std::nullopt; }

  /** The descriptor whose readiness drives the stream. */
  [[nodiscard]] virtual int descriptor() const = 0;
};

/** The result of opening a stream or of adding a layer to one. */
using DialResult = std::variant<std::unique_ptr<Stream>, base::Failure>;

/** Returns the stream's own failure, or else the errno worded with the call. */
inline base::Failure to_failure(const Stream& stream, std::string_view call, const Transfer& transfer) {
  return stream.failure().value_or(base::system_failure(call, transfer.error));
}

}  // namespace mqtt_native::net
