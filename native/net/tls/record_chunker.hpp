#pragma once

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <span>

namespace mqtt_native::net::tls {

/** Cuts scattered parts into the contents of records: filled from small parts, or a piece of a large one. */
class RecordChunker {
 public:
  /** The most that a record of TLS holds. */
  static constexpr size_t record_size = 16 * 1024;

  explicit RecordChunker(std::span<const iovec> parts);

  /** How much is left. */
  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

  void skip(size_t count);

  /** The next so many bytes at most, `limit` being no more than a record holds. Good until the next call. */
  std::span<const std::byte> next(size_t limit = record_size);

 private:
  /** What lies together at the front. */
  [[nodiscard]] std::span<const std::byte> piece();

  std::span<const iovec> parts_;
  size_t offset_ = 0;  // in the first part
  size_t size_;
  std::array<std::byte, record_size> gathered_;
};

}  // namespace mqtt_native::net::tls
