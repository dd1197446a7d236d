#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/block.hpp"
#include "net/stream.hpp"

namespace mqtt_native::net {

/**
 * A read buffer: few large reads instead of many small ones. Others may hold its memory, which is not written
 * to again then. An idle connection keeps memory for its buffered bytes only: the connections of a thread
 * read into the same blocks, one behind the other.
 */
class ReadBuffer {
 public:
  /** The bytes that fit without `reserve`. */
  static constexpr size_t capacity = base::block_size;

  /** Reads once, up to the free space or `at_most` bytes. */
  Transfer fill(Stream& stream, size_t at_most = SIZE_MAX);

  /** The buffered bytes. The view is valid, even consumed, until `fill`, `reserve` or `release_if_idle`. */
  [[nodiscard]] std::span<const std::byte> bytes() const { return {memory_.get() + begin_, end_ - begin_}; }

  void consume(size_t count);

  /** Makes room for a packet of `size` bytes. A larger size than before waits until that is buffered. */
  void reserve(size_t size);

  /** Releases the block to the next connection of this thread, unless many bytes are buffered. */
  void release_if_idle();

  /**
   * The memory of `bytes`, if the last read was large enough to be held without much waste; otherwise null.
   */
  [[nodiscard]] const base::SharedBytes& memory() const;

 private:
  void make_room();
  void move_to(base::SharedBytes memory, size_t size, size_t begin);

  base::SharedBytes memory_;
  size_t size_ = 0;  // bytes of the memory
  size_t begin_ = 0;
  size_t end_ = 0;
  size_t reserved_ = 0;   // until everything is consumed
  size_t last_fill_ = 0;  // bytes of the last `fill`
};

}  // namespace mqtt_native::net
