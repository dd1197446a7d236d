#pragma once

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <memory>
#include <span>

namespace mqtt_native::net::tls {

/** A byte buffer in a pooled block. An empty buffer has no memory. */
class PooledBuffer {
 public:
  /** Five full TLS records with their overhead: 64 KiB of content and the handshake messages around it. */
  static constexpr size_t block_size = 85 * 1024;

  PooledBuffer() = default;
  PooledBuffer(const PooledBuffer&) = delete;
  PooledBuffer& operator=(const PooledBuffer&) = delete;
  ~PooledBuffer() { give_back(); }

  void swap(PooledBuffer& other) noexcept;

  [[nodiscard]] std::span<const std::byte> bytes() const { return {block_.get() + begin_, size()}; }
  [[nodiscard]] size_t size() const { return end_ - begin_; }
  [[nodiscard]] bool empty() const { return begin_ == end_; }

  void append(std::span<const std::byte> bytes);

  void consume(size_t count);

 private:
  void make_room(size_t size);
  void give_back();

  std::unique_ptr<std::byte[]> block_;
  size_t capacity_ = 0;
  size_t begin_ = 0;
  size_t end_ = 0;
};

/**
 * Cuts scattered parts into record contents: small parts are copied together, a large part is used in place.
 */
class RecordChunker {
 public:
  static constexpr size_t record_size = 16 * 1024;

  explicit RecordChunker(std::span<const iovec> parts);

  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

  void skip(size_t count);

  /** Returns the next bytes, at most `limit`, which must not exceed a record. Valid until the next call. */
  std::span<const std::byte> next(size_t limit = record_size);

 private:
  [[nodiscard]] std::span<const std::byte> piece();

  std::span<const iovec> parts_;
  size_t offset_ = 0;  // in the first part
  size_t size_;
  std::array<std::byte, record_size> gathered_;
};

}  // namespace mqtt_native::net::tls
