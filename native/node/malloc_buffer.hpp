#pragma once

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "mqtt/packet.hpp"

namespace mqtt_native::node {

/** A growing buffer of uninitialised memory from malloc(3), which can be released to another owner. */
class MallocBuffer {
 public:
  MallocBuffer() = default;
  explicit MallocBuffer(size_t capacity) { grow(capacity); }
  MallocBuffer(MallocBuffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  MallocBuffer& operator=(MallocBuffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  MallocBuffer(const MallocBuffer&) = delete;
  MallocBuffer& operator=(const MallocBuffer&) = delete;
  ~MallocBuffer() { std::free(data_); }

  [[nodiscard]] std::byte* data() { return data_; }
  [[nodiscard]] mqtt::BytesView view() const { return {data_, size_}; }
  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] size_t capacity() const { return capacity_; }

  /** Extends the buffer by `count` bytes. Returns the address to write them to. */
  std::byte* append(size_t count) {
    if (size_ + count > capacity_) grow(std::max(size_ + count, capacity_ * 2));
    size_ += count;
    return data_ + size_ - count;
  }

  /** Releases the memory, which the caller must free(3). */
  std::byte* release() {
    size_ = capacity_ = 0;
    return std::exchange(data_, nullptr);
  }

 private:
  void grow(size_t capacity) {
    void* grown = std::realloc(data_, capacity);
    if (grown == nullptr) std::abort();  // as everywhere in this process when memory is exhausted
    data_ = static_cast<std::byte*>(grown);
    capacity_ = capacity;
  }

  std::byte* data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace mqtt_native::node
