#include "net/tls/pooled_buffer.hpp"

#include <algorithm>
#include <cstring>

#include "base/block_pool.hpp"

namespace mqtt_native::net::tls {

namespace {

/** The pool keeps as many free blocks as threads may soon need. */
base::BlockPool& pool() {
  // never deleted, because connections may outlive statics
  static auto* const pool = new base::BlockPool(PooledBuffer::block_size, 8);
  return *pool;
}

}  // namespace

void PooledBuffer::swap(PooledBuffer& other) noexcept {
  std::swap(block_, other.block_);
  std::swap(capacity_, other.capacity_);
  std::swap(begin_, other.begin_);
  std::swap(end_, other.end_);
}

void PooledBuffer::append(std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  if (capacity_ - end_ < bytes.size()) make_room(bytes.size());
  std::memcpy(block_.get() + end_, bytes.data(), bytes.size());
  end_ += bytes.size();
}

void PooledBuffer::consume(size_t count) {
  begin_ += count;
  if (empty()) give_back();
}

void PooledBuffer::make_room(size_t size) {
  if (!block_ && size <= block_size) {
    block_ = pool().acquire();
    capacity_ = block_size;
    return;
  }
  const size_t capacity = std::max(2 * capacity_, this->size() + size);
  auto larger = std::make_unique_for_overwrite<std::byte[]>(capacity);
  const auto kept = bytes();
  std::copy(kept.begin(), kept.end(), larger.get());
  PooledBuffer old;
  swap(old);
  block_ = std::move(larger);
  capacity_ = capacity;
  end_ = kept.size();
}

void PooledBuffer::give_back() {
  if (capacity_ == block_size) pool().release(std::move(block_));
  block_.reset();
  capacity_ = begin_ = end_ = 0;
}

}  // namespace mqtt_native::net::tls
