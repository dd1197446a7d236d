#include "net/tls/buffers.hpp"

#include <algorithm>
#include <cstring>

#include "base/block.hpp"
#include "base/parts.hpp"

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

RecordChunker::RecordChunker(std::span<const iovec> parts) : parts_(parts), size_(base::total_size(parts)) {}

std::span<const std::byte> RecordChunker::piece() {
  while (!parts_.empty() && offset_ == parts_.front().iov_len) {
    parts_ = parts_.subspan(1);
    offset_ = 0;
  }
  if (parts_.empty()) return {};
  const iovec& part = parts_.front();
  return std::span(static_cast<const std::byte*>(part.iov_base), part.iov_len).subspan(offset_);
}

void RecordChunker::skip(size_t count) {
  for (count = std::min(count, size_); count > 0;) {
    const size_t skipped = std::min(count, piece().size());
    offset_ += skipped;
    size_ -= skipped;
    count -= skipped;
  }
}

std::span<const std::byte> RecordChunker::next(size_t limit) {
  const size_t wanted = std::min(limit, size_);
  const std::span<const std::byte> whole = piece();
  if (whole.size() >= wanted) {
    skip(wanted);
    return whole.first(wanted);
  }
  size_t gathered = 0;
  while (gathered < wanted) {
    const std::span<const std::byte> part = piece().first(std::min(piece().size(), wanted - gathered));
    std::memcpy(gathered_.data() + gathered, part.data(), part.size());
    skip(part.size());
    gathered += part.size();
  }
  return {gathered_.data(), gathered};
}

}  // namespace mqtt_native::net::tls
