#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "node/malloc_buffer.hpp"
#include "session/events.hpp"

namespace mqtt_native::node {

/**
 * A run of event records as JavaScript reads them (lib/native/event-batch.ts; docs/event-format.md describes
 * the bytes). Payloads that lie in memory that can be held stay there, so that they are copied as rarely as
 * possible.
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
    deviation = 8
  };

  /** The fixed part of a record: six 32-bit words, little-endian. */
  struct Header {
    Kind kind;
    uint8_t flags = 0;
    uint16_t entry = 0;  // message: of the topic cache
    uint32_t client = 0;
    uint32_t number = 0;  // message: packet identifier; completed: first token; endings: reason code;
                          // trace: lines dropped before this one
    std::array<uint32_t, 3> sizes{};
  };
  static constexpr size_t header_size = 24;
  static_assert(sizeof(Header) == header_size);

  /** With room for so many bytes. */
  explicit EventBatch(size_t capacity) : bytes_(capacity) {}

  /** Memory beside the batch, in which payloads of its records lie. */
  struct Held {
    base::SharedBytes memory;
    const std::byte* begin;
    size_t size;
  };
  /** What each piece of memory counts beyond its payloads: it may have much else in it, of up to a block. */
  static constexpr size_t around_payloads = 64 * 1024;

  /** Where a payload lies beside the batch. */
  struct Place {
    uint32_t index;  // of what is held
    uint32_t offset;
  };

  /** Appends a record: the header, then its sections, padded to a multiple of four bytes. */
  void append(const Header& header, std::span<const mqtt::BytesView> sections);
  /** Holds the memory of a payload. One piece of memory may have many. */
  Place hold(const base::SharedBytes& memory, mqtt::BytesView payload);

  /** Lets the last record stand for more tokens, when it is a bare completion of the token before them. */
  bool extend_completion(uint32_t client, uint32_t token, uint32_t count);

  [[nodiscard]] mqtt::BytesView bytes() const { return bytes_.view(); }
  /** The memory of `bytes`, to be given away when it is worth that. */
  MallocBuffer& memory() { return bytes_; }
  [[nodiscard]] const std::vector<Held>& held() const { return held_; }
  /** Events that the records stand for. */
  [[nodiscard]] size_t events() const { return events_; }
  /** Whether any of it may answer something: trace does not, nor do publishes of QoS 0 that are done. */
  [[nodiscard]] bool has_answers() const { return has_answers_; }
  /** Everything that the batch has in memory, payloads beside it included. */
  [[nodiscard]] size_t weight() const { return bytes_.size() + held_size_; }

 private:
  MallocBuffer bytes_;
  std::vector<Held> held_;
  size_t held_size_ = 0;  // of payloads, and something for what lies around them
  size_t events_ = 0;
  bool has_answers_ = false;
  size_t last_ = 0;  // where the last record begins
};

}  // namespace mqtt_native::node
