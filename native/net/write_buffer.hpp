#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "net/stream.hpp"

namespace mqtt_native::net {

/** Bytes on their way into a stream: gathered from many small writes, handed over in few large ones. */
class WriteBuffer {
 public:
  void append(std::span<const std::byte> bytes);
  void append(std::span<const iovec> parts);

  /**
   * Appends `parts`, but writes what it can of them straight
   * from where they lie when nothing waits before them.
   */
  Transfer write_through(Stream& stream, std::span<const iovec> parts);

  /**
   * Hands over as much as the stream takes: so many `bytes`.
   * `moved` means everything, `blocked` that some still wait.
   */
  Transfer flush(Stream& stream);

  void clear();
  [[nodiscard]] size_t size() const { return bytes_.size() - begin_; }
  [[nodiscard]] bool empty() const { return size() == 0; }

 private:
  void append_from(std::span<const iovec> parts, size_t skip);

  std::vector<std::byte> bytes_;
  size_t begin_ = 0;
};

}  // namespace mqtt_native::net
