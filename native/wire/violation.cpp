#include "wire/violation.hpp"

#include "wire/properties.hpp"

namespace mqtt_native::wire {

namespace {

struct Shape {
  bool from_broker;
  size_t smallest_body;
  size_t largest_body;
};

constexpr size_t any_size = largest_packet;

Shape shape_of(PacketType type, Protocol protocol) {
  const bool v5 = protocol == Protocol::v5;
  switch (type) {
    case PacketType::connack:
      return {true, 2, v5 ? any_size : 2};
    case PacketType::publish:
      return {true, 2, any_size};
    case PacketType::puback:
    case PacketType::pubrec:
    case PacketType::pubrel:
    case PacketType::pubcomp:
      return {true, 2, v5 ? any_size : 2};
    case PacketType::suback:
      return {true, 3, any_size};
    case PacketType::unsuback:
      return {true, v5 ? 4U : 2U, v5 ? any_size : 2};
    case PacketType::pingresp:
      return {true, 0, 0};
    case PacketType::disconnect:
      return {v5, 0, any_size};
    default:
      return {false, 0, 0};
  }
}

const char* name_of(PacketType type) {
  static constexpr const char* names[] = {
      "reserved",  "CONNECT", "CONNACK",     "PUBLISH",  "PUBACK",  "PUBREC",   "PUBREL",     "PUBCOMP",
      "SUBSCRIBE", "SUBACK",  "UNSUBSCRIBE", "UNSUBACK", "PINGREQ", "PINGRESP", "DISCONNECT", "AUTH"};
  return names[static_cast<size_t>(type) & 0x0F];
}

}  // namespace

std::optional<Violation> check_header(const FixedHeader& header, Protocol protocol, bool connected) {
  const auto violation = [&](uint8_t code, const char* before, const std::string& after) {
    return Violation{code, before + std::string(name_of(header.type)) + after};
  };
  const Shape shape = shape_of(header.type, protocol);
  if (!shape.from_broker) return violation(protocol_error, "The broker sent ", "");
  if (connected && header.type == PacketType::connack)
    return violation(protocol_error, "The broker sent a second ", "");
  if (!connected && header.type != PacketType::connack)
    return violation(protocol_error, "The broker sent ", " before CONNACK");
  if (header.type == PacketType::publish) {
    if ((header.flags & 0x06) == 0x06) return violation(malformed_packet, "", " with QoS 3");
  } else if (header.flags != (header.type == PacketType::pubrel ? 0x02 : 0x00)) {
    return violation(malformed_packet, "", " with wrong flags");
  }
  if (header.body_size < shape.smallest_body || header.body_size > shape.largest_body)
    return violation(malformed_packet, "", " with a length of " + std::to_string(header.body_size));
  return std::nullopt;
}

std::optional<Violation> check_layout(BytesView packet, const FixedHeader& header, Protocol protocol) {
  if (protocol != Protocol::v5 || header.type == PacketType::pingresp) return std::nullopt;
  // Acknowledgements and DISCONNECT may end before their reason code, or after it (MQTT 5,
  // sections 3.4.2.1, 3.14.2.1).
  const bool shortens = header.type != PacketType::connack && header.type != PacketType::suback &&
                        header.type != PacketType::unsuback;
  const bool lists_codes = header.type == PacketType::suback || header.type == PacketType::unsuback;
  const size_t front = header.type == PacketType::disconnect ? 1 : shortens ? 3 : 2;
  if (shortens && header.body_size <= front) return std::nullopt;
  const auto properties = properties_size(packet.subspan(header.header_size + front));
  if (!properties)
    return Violation{malformed_packet, std::string(name_of(header.type)) + " with malformed properties"};
  const size_t rest = header.body_size - front - *properties;
  if (lists_codes == (rest > 0)) return std::nullopt;
  return Violation{malformed_packet, std::string(name_of(header.type)) +
                                         (lists_codes ? " without reason codes" : " with bytes left over")};
}

std::optional<Violation> check_publish(BytesView bytes, const FixedHeader& header, Protocol protocol,
                                       bool& complete) {
  const bool identified = (header.flags & 0x06) != 0;
  complete = false;
  size_t needed = 2;
  if (bytes.size() < header.header_size + needed) return std::nullopt;
  needed += uint16_at(bytes, header.header_size) + (identified ? 2U : 0U);
  if (needed > header.body_size) return Violation{malformed_packet, "PUBLISH shorter than its topic"};
  if (bytes.size() < header.header_size + needed) return std::nullopt;
  if (identified && uint16_at(bytes, header.header_size + needed - 2) == 0)
    return Violation{malformed_packet, "PUBLISH with packet identifier 0"};
  if (protocol == Protocol::v5) {
    const BytesView rest = bytes.subspan(header.header_size + needed);
    if (!rest.empty() && rest.front() == std::byte{0}) {
      complete = true;  // no properties: the usual case
      return std::nullopt;
    }
    const auto properties = properties_size(rest);
    if (!properties && bytes.size() < header.packet_size()) return std::nullopt;
    if (!properties) return Violation{malformed_packet, "PUBLISH with malformed properties"};
  }
  complete = true;
  return std::nullopt;
}

}  // namespace mqtt_native::wire
