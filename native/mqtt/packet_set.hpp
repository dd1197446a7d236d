#pragma once

#include <initializer_list>

#include "mqtt/packet.hpp"

namespace mqtt_native::mqtt {

/** Some of the packet types. */
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

}  // namespace mqtt_native::mqtt
