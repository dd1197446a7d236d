#pragma once

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <span>

namespace mqtt_native::net::tls {

/**
 * Cuts scattered parts into record contents: small parts are copied together, a large part is used in place.
 */
class RecordChunker {
 public:
  /** The largest content of a TLS record. */
  static constexpr size_t record_size = 16 * 1024;

  explicit RecordChunker(std::span<const iovec> parts);

  /** The remaining bytes. */
  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

  void skip(size_t count);

  /** Returns the next bytes, at most `limit`, which must not exceed a record. Valid until the next call. */
  std::span<const std::byte> next(size_t limit = record_size);

 private:
  /** The contiguous bytes at the front. */
  [[nodiscard]] std::span<const std::byte> piece();

  std::span<const iovec> parts_;
  size_t offset_ = 0;  // in the first part
  size_t size_;
  std::array<std::byte, record_size> gathered_;
};

}  // namespace mqtt_native::net::tls
