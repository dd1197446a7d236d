#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <deque>
#include <span>
#include <vector>

#include "base/block.hpp"

namespace mqtt_native::net {

/**
 * Bytes on their way into a stream: gathered from many small writes, handed over in few large ones. They lie
 * in blocks and stay where they are until they are consumed; an empty buffer has no memory.
 */
class WriteBuffer {
 public:
  /** When so much waits, another thread is asked to hand it over than the one that gathers. */
  static constexpr size_t handoff_threshold = 32 * 1024;

  /** `skip`: so many bytes at the front are left out. */
  void append(std::span<const iovec> parts, size_t skip = 0);
  void append(std::span<const std::byte> bytes);
  /** Holds the memory that the bytes lie in, instead of copying them. */
  void append_held(const base::SharedBytes& memory, std::span<const std::byte> bytes);
  void prepend(WriteBuffer bytes);

  /** What is to be written next, in no more pieces than one system call takes well. More may be appended
   * before it is consumed. */
  [[nodiscard]] std::vector<iovec> parts() const;
  void consume(size_t count);

  void clear();
  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

 private:
  void open_block(size_t wanted);

  struct Segment {
    base::SharedBytes memory;
    size_t begin;
    size_t end;
  };

  std::deque<Segment> segments_;
  base::SharedBytes block_;  // that bytes are copied into
  size_t capacity_ = 0;
  size_t used_ = 0;
  size_t size_ = 0;
};

}  // namespace mqtt_native::net
