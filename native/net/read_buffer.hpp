#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/block.hpp"
#include "net/stream.hpp"

namespace mqtt_native::net {

/**
 * Bytes that were read from a stream before anybody asked for them: few large reads instead of many small
 * ones. Others may hold the memory that they lie in; then it is not written to again. Between its turns a
 * connection has no more memory than for what is buffered: those of a thread read into the same blocks, one
 * behind the other.
 */
class ReadBuffer {
 public:
  /** So much may be buffered without `reserve`. */
  static constexpr size_t capacity = base::block_size;

  /** Reads once, as much as fits or is wanted. */
  Transfer fill(Stream& stream, size_t at_most = SIZE_MAX);

  /** What is buffered. The view stays good, consumed or not, until the next `fill`, `reserve` or `rest`. */
  [[nodiscard]] std::span<const std::byte> bytes() const { return {memory_.get() + begin_, end_ - begin_}; }

  void consume(size_t count);

  /** Makes sure that `size` buffered bytes fit at once; of more than before, once that much is buffered. */
  void reserve(size_t size);

  /** The turn of others: leaves them the block, unless much is buffered in it. */
  void release_if_idle();

  /**
   * The memory that `bytes` lie in, when they came so many at a time that holding it wastes little of it;
   * otherwise null.
   */
  [[nodiscard]] const base::SharedBytes& memory() const;

 private:
  void make_room();
  void move_to(base::SharedBytes memory, size_t size, size_t begin);

  base::SharedBytes memory_;
  size_t size_ = 0;  // of the memory
  size_t begin_ = 0;
  size_t end_ = 0;
  size_t reserved_ = 0;   // until everything is consumed
  size_t last_fill_ = 0;  // how many bytes it brought
};

}  // namespace mqtt_native::net
