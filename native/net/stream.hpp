#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace mqtt_native::net {

/** What one attempt to move bytes through a stream did. */
struct Transfer {
  enum class State : uint8_t {
    moved,    // `bytes` were moved, more may be possible at once
    drained,  // `bytes` were moved, and until the next readiness event there are no more
    blocked,  // nothing can move until the next readiness event
    ended,    // the peer has finished sending
    failed,   // the stream is broken: `error` is the errno
  };
  State state;
  size_t bytes = 0;
  int error = 0;
};

/**
 * An open byte stream to a broker that never blocks. Reading belongs to one thread and writing to one at a
 * time; both may happen at once.
 */
class Stream {
 public:
  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  virtual ~Stream() = default;

  virtual Transfer read(std::span<std::byte> into) = 0;
  virtual Transfer write(std::span<const iovec> from) = 0;

  /** Tells the peer that no more bytes will come (FIN); reading goes on. */
  virtual void finish_writing() = 0;

  /** The descriptor whose readiness drives this stream. */
  [[nodiscard]] virtual int descriptor() const = 0;
};

}  // namespace mqtt_native::net
