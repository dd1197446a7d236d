#include "mqtt/reason_codes.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>

#include "mqtt/packet_set.hpp"

namespace mqtt_native::mqtt {

namespace {

/** The packets of a broker that may have each reason code (MQTT 5, table 2-6). */
constexpr auto packets_by_code = [] {
  using enum PacketType;
  std::array<PacketSet, 256> table{};
  const auto allow = [&table](PacketSet packets, std::initializer_list<uint8_t> codes) {
    for (const uint8_t code : codes) table[code].add(packets);
  };
  allow({connack}, {0x00, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89,
                    0x8A, 0x8C, 0x90, 0x95, 0x97, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9F});
  // PUBACK and PUBREC do not have 0x95, but mosquitto sends it for a message beyond its limit.
  allow({puback, pubrec}, {0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x95, 0x97, 0x99});
  allow({pubrel, pubcomp}, {0x00, 0x92});
  allow({suback}, {0x00, 0x01, 0x02, 0x80, 0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2});
  allow({unsuback}, {0x00, 0x11, 0x80, 0x83, 0x87, 0x8F, 0x91});
  allow({disconnect},
        {0x00, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8B, 0x8C, 0x8D, 0x8E, 0x8F, 0x90, 0x93, 0x94,
         0x95, 0x96, 0x97, 0x98, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9E, 0x9F, 0xA0, 0xA1, 0xA2});
  allow({auth}, {0x00, 0x18});
  return table;
}();

}  // namespace

bool is_reason_code(PacketType packet, uint8_t code, Protocol protocol) {
  if (protocol == Protocol::v5) return packets_by_code[code].has(packet);
  // Before MQTT 5 only CONNACK and SUBACK have codes. Current brokers send codes of MQTT 5 there, too.
  return packet != PacketType::suback || code <= 2 || code >= 0x80;
}

}  // namespace mqtt_native::mqtt
