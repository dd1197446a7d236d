#include "net/tls/transit.hpp"

#include <algorithm>
#include <cstring>

#include "net/block_pool.hpp"

namespace mqtt_native::net::tls {

namespace {

/** As many spare ones as there are threads that could soon want some. */
BlockPool& pool() {
  // never deleted: connections may outlive statics
  static auto* const pool = new BlockPool(Transit::block_size, 8);
  return *pool;
}

}  // namespace

void Transit::swap(Transit& other) noexcept {
  std::swap(block_, other.block_);
  std::swap(capacity_, other.capacity_);
  std::swap(begin_, other.begin_);
  std::swap(end_, other.end_);
}

void Transit::append(std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  if (capacity_ - end_ < bytes.size()) make_room(bytes.size());
  std::memcpy(block_.get() + end_, bytes.data(), bytes.size());
  end_ += bytes.size();
}

void Transit::consume(size_t count) {
  begin_ += count;
  if (empty()) give_back();
}

void Transit::make_room(size_t size) {
  if (!block_ && size <= block_size) {
    block_ = pool().lend();
    capacity_ = block_size;
    return;
  }
  const size_t capacity = std::max(2 * capacity_, this->size() + size);
  auto larger = std::make_unique_for_overwrite<std::byte[]>(capacity);
  const auto kept = bytes();
  std::copy(kept.begin(), kept.end(), larger.get());
  Transit old;
  swap(old);
  block_ = std::move(larger);
  capacity_ = capacity;
  end_ = kept.size();
}

void Transit::give_back() {
  if (capacity_ == block_size) pool().take_back(std::move(block_));
  block_.reset();
  capacity_ = begin_ = end_ = 0;
}

}  // namespace mqtt_native::net::tls
