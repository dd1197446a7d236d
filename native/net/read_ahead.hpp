#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "net/stream.hpp"

namespace mqtt_native::net {

/**
 * Bytes that were read from a stream before anybody asked
 * for them: few large reads instead of many small ones.
 */
class ReadAhead {
 public:
  static constexpr size_t default_capacity = 64 * 1024;

  /** Reads once, as much as fits. Makes room by moving what is buffered to the front when little is free. */
  Transfer fill(Stream& stream);

  /** What is buffered. The view stays good, consumed or not, until the next `fill` or `reserve`. */
  [[nodiscard]] std::span<const std::byte> bytes() const { return {bytes_.data() + begin_, end_ - begin_}; }

  void consume(size_t count);

  /** Makes sure that `size` buffered bytes fit at once. */
  void reserve(size_t size);

 private:
  std::vector<std::byte> bytes_ = std::vector<std::byte>(default_capacity);
  size_t begin_ = 0;
  size_t end_ = 0;
  bool used_up_ = false;  // all consumed: memory that grew for one packet may go with the next fill
};

}  // namespace mqtt_native::net
