#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace mqtt_native::net::tls {

/**
 * A byte buffer in a block that all connections share. The block is released with the last byte, so an empty
 * buffer has no memory.
 */
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

}  // namespace mqtt_native::net::tls
