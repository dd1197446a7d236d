#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <vector>

#include "mqtt/packet.hpp"
#include "session/events.hpp"

namespace mqtt_native::node {

/** A growing buffer of uninitialised memory from malloc(3), which can be released to another owner. */
class MallocBuffer {
 public:
  explicit MallocBuffer(size_t capacity) { grow(capacity); }

  [[nodiscard]] std::byte* data() { return data_.get(); }
  [[nodiscard]] mqtt::BytesView view() const { return {data_.get(), size_}; }
  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] size_t capacity() const { return capacity_; }

  /** Extends the buffer by `count` bytes. Returns the address to write them to. */
  std::byte* append(size_t count) {
    if (size_ + count > capacity_) grow(std::max(size_ + count, capacity_ * 2));
    size_ += count;
    return data_.get() + size_ - count;
  }

  /** Releases the memory, which the caller must free(3). The buffer must not be used again. */
  std::byte* release() { return data_.release(); }

 private:
  void grow(size_t capacity) {
    void* grown = std::realloc(data_.release(), capacity);
    if (grown == nullptr) std::abort();  // as everywhere in this process when memory is exhausted
    data_.reset(static_cast<std::byte*>(grown));
    capacity_ = capacity;
  }

  struct Free {
    void operator()(std::byte* memory) const { std::free(memory); }
  };

  std::unique_ptr<std::byte[], Free> data_;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

/**
 * A batch of event records for JavaScript (lib/native/event-batch.ts; docs/event-format.md describes the
 * bytes). Payloads in memory that can be held stay there and are not copied.
 */
class EventBatch {
 public:
  enum class Kind : uint8_t {
    message = 1,
    completed = 2,
    connected = 3,
    connect_failed = 4,
    closed = 5,
    authentication = 6,
    trace = 7,
    deviation = 8,
    released = 9
  };

  /** The fixed part of a record: six 32-bit words, little-endian. */
  struct Header {
    Kind kind;
    uint8_t flags = 0;
    uint16_t entry = 0;  // message: index in the topic cache
    uint32_t client = 0;
    // message: packet identifier; completed: first token; ends: reason code; trace: lines dropped before
    uint32_t number = 0;
    std::array<uint32_t, 3> sizes{};
  };
  static constexpr size_t header_size = 24;
  static_assert(sizeof(Header) == header_size);

  explicit EventBatch(size_t capacity) : bytes_(capacity) {}

  /** Memory outside of the batch that contains payloads of its records. */
  struct Held {
    base::SharedBytes memory;
    const std::byte* begin;
    size_t size;
  };
  /** The weight of each held piece of memory beyond its payloads: other bytes may be held with it. */
  static constexpr size_t around_payloads = 64 * 1024;

  struct Place {
    uint32_t index;  // of the held memory
    uint32_t offset;
  };

  /** Appends a record: the header, then its sections, padded to a multiple of four bytes. */
  void append(const Header& header, std::span<const mqtt::BytesView> sections);
  /** Holds the memory of a payload. Payloads may share memory. */
  Place hold(const base::SharedBytes& memory, mqtt::BytesView payload);

  /** Extends the last record, if it is a bare completion of the token before these. Returns whether it is. */
  bool extend_completion(uint32_t client, uint32_t token, uint32_t count);

  [[nodiscard]] mqtt::BytesView bytes() const { return bytes_.view(); }
  /** The memory of `bytes`, which can be released to JavaScript. */
  MallocBuffer& memory() { return bytes_; }
  [[nodiscard]] const std::vector<Held>& held() const { return held_; }
  [[nodiscard]] size_t events() const { return events_; }
  /** Whether an event may be an answer: trace lines and completed publishes of QoS 0 are not. */
  [[nodiscard]] bool has_answers() const { return has_answers_; }
  /** The memory of the batch, held payloads included. */
  [[nodiscard]] size_t weight() const { return bytes_.size() + held_size_; }

 private:
  MallocBuffer bytes_;
  std::vector<Held> held_;
  size_t held_size_ = 0;  // of payloads, plus `around_payloads` for each piece
  size_t events_ = 0;
  bool has_answers_ = false;
  size_t last_ = 0;  // the offset of the last record
};

}  // namespace mqtt_native::node
