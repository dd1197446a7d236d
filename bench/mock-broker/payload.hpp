#pragma once

#include <cstring>

#include "packet.hpp"

namespace mock_broker {

/**
 * A payload of the benchmark: a little-endian sequence number, followed by bytes that equal their own offsets
 * modulo 256.
 */
constexpr size_t smallest_payload = 4;

inline Bytes payload_of(size_t size) {
  Bytes payload(size);
  for (size_t i = smallest_payload; i < size; i++) payload[i] = static_cast<uint8_t>(i);
  return payload;
}

inline uint32_t sequence_of(const uint8_t* payload) {
  return static_cast<uint32_t>(payload[0]) | static_cast<uint32_t>(payload[1]) << 8 |
         static_cast<uint32_t>(payload[2]) << 16 | static_cast<uint32_t>(payload[3]) << 24;
}

inline void set_sequence(uint8_t* payload, uint32_t sequence) {
  for (unsigned i = 0; i < smallest_payload; i++) payload[i] = static_cast<uint8_t>(sequence >> (8 * i));
}

inline bool same_fill(View payload, const Bytes& expected) {
  return payload.size() == expected.size() &&
         std::memcmp(payload.data() + smallest_payload, expected.data() + smallest_payload,
                     expected.size() - smallest_payload) == 0;
}

}  // namespace mock_broker
