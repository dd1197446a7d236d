#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

namespace mqtt_native::mqtt {

using Bytes = std::vector<std::byte>;
using BytesView = std::span<const std::byte>;

/** Protocol levels as CONNECT carries them. */
enum class Protocol : uint8_t { v31 = 3, v311 = 4, v5 = 5 };

/** MQTT 5, table 2-1. */
enum class PacketType : uint8_t {
  connect = 1,
  connack = 2,
  publish = 3,
  puback = 4,
  pubrec = 5,
  pubrel = 6,
  pubcomp = 7,
  subscribe = 8,
  suback = 9,
  unsubscribe = 10,
  unsuback = 11,
  pingreq = 12,
  pingresp = 13,
  disconnect = 14,
  auth = 15,
};

/** The first 2 to 5 bytes of a packet. */
struct FixedHeader {
  PacketType type;
  uint8_t flags;       // the low four bits of the first byte
  size_t header_size;  // of these bytes
  size_t body_size;    // of the rest: the packet's Remaining Length

  [[nodiscard]] size_t packet_size() const { return header_size + body_size; }
};

/** The largest MQTT packet: a fixed header of five bytes and 2^28 - 1 bytes more. */
inline constexpr uint32_t largest_packet = 268'435'455 + 5;

enum class HeaderState : uint8_t { complete, incomplete, malformed };

/** Reads the fixed header at the front of `bytes` into `header`. */
HeaderState parse_fixed_header(BytesView bytes, FixedHeader& header);

/** A PUBACK, PUBREC, PUBREL or PUBCOMP with success and without properties. */
using Acknowledgement = std::array<std::byte, 4>;
Acknowledgement acknowledgement(PacketType type, uint16_t identifier);

inline uint8_t byte_at(BytesView bytes, size_t index) {
  return std::to_integer<uint8_t>(bytes[index]);
}
inline uint16_t uint16_at(BytesView bytes, size_t index) {
  return static_cast<uint16_t>(byte_at(bytes, index) << 8 | byte_at(bytes, index + 1));
}

/** Appends a variable byte integer (MQTT 5, section 1.5.5). */
void append_variable(Bytes& bytes, size_t value);

class PacketSet {
 public:
  constexpr PacketSet() = default;
  constexpr PacketSet(std::initializer_list<PacketType> types) {
    for (const PacketType type : types) bits_ |= to_bit(type);
  }

  [[nodiscard]] constexpr bool has(PacketType type) const { return (bits_ & to_bit(type)) != 0; }
  constexpr void add(PacketSet others) { bits_ |= others.bits_; }

 private:
  static constexpr uint16_t to_bit(PacketType type) {
    return static_cast<uint16_t>(1U << static_cast<unsigned>(type));
  }

  uint16_t bits_ = 0;
};

/** Whether the bytes are an MQTT string: well-formed UTF-8 without U+0000 (MQTT 5, section 1.5.4). */
bool is_utf8(BytesView bytes);

/** Whether the bytes are a topic name: a non-empty MQTT string without wildcards (MQTT 5, section 4.7.1). */
bool is_topic_name(BytesView bytes);

}  // namespace mqtt_native::mqtt
