#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "node/raw_bytes.hpp"
#include "paho/events.hpp"

namespace mqtt_native::node {

/**
 * A run of event records as JavaScript reads them (lib/native/slab.ts; docs/inbox-format.md describes the
 * bytes). Payloads that are large travel beside it, so that they are copied as rarely as possible.
 */
class Slab {
 public:
  enum class Kind : uint8_t {
    message = 1,
    completed = 2,
    connected = 3,
    connect_failed = 4,
    closed = 5,
    authentication = 6,
    trace = 7
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
  explicit Slab(size_t capacity) : bytes_(capacity) {}

  struct LargePayload {
    paho::PahoMemory memory;
    size_t size;
  };

  /** Appends a record: the header, then its sections, padded to a multiple of four bytes. */
  void append(const Header& header, std::span<const wire::BytesView> sections);
  void append_large(paho::PahoMemory memory, size_t size);

  /** Lets the last record stand for more tokens, when it is a bare completion of the token before them. */
  bool extend_completion(uint32_t client, uint32_t token, uint32_t count);

  [[nodiscard]] wire::BytesView bytes() const { return bytes_.view(); }
  /** The memory of `bytes`, to be given away when it is worth that. */
  RawBytes& memory() { return bytes_; }
  std::vector<LargePayload>& large_payloads() { return large_; }
  /** Events that the records stand for. */
  [[nodiscard]] size_t events() const { return events_; }
  /** Everything that the slab holds in memory, large payloads included. */
  [[nodiscard]] size_t weight() const { return bytes_.size() + large_size_; }

 private:
  RawBytes bytes_;
  std::vector<LargePayload> large_;
  size_t large_size_ = 0;
  size_t events_ = 0;
  size_t last_ = 0;  // where the last record begins
};

}  // namespace mqtt_native::node
