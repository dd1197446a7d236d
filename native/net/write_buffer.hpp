#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <deque>
#include <span>
#include <vector>

#include "base/block.hpp"

namespace mqtt_native::net {

/** A write buffer. Bytes keep their address until they are consumed. An empty buffer has no memory. */
class WriteBuffer {
 public:
  /** From this backlog on, another thread should write instead of the appending one. Bytes. */
  static constexpr size_t handoff_threshold = 32 * 1024;

  size_t append(std::span<const iovec> parts, size_t skip = 0);
  void append(std::span<const std::byte> bytes);
  void append_held(const base::SharedBytes& memory, std::span<const std::byte> bytes);
  void prepend(WriteBuffer bytes);

  /** Returns the next bytes to write, in parts for one system call. More may be appended meanwhile. */
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
  base::SharedBytes block_;  // for copied bytes
  size_t capacity_ = 0;
  size_t used_ = 0;
  size_t size_ = 0;
};

}  // namespace mqtt_native::net
