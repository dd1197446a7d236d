#include "mqtt/packet_checks.hpp"

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

bool is_reason_code(PacketType packet, uint8_t code, Protocol protocol) {
  if (protocol == Protocol::v5) return packets_by_code[code].has(packet);
  // Before MQTT 5 only CONNACK and SUBACK have codes. Current brokers send codes of MQTT 5 there, too.
  return packet != PacketType::suback || code <= 2 || code >= 0x80;
}

struct Shape {
  bool from_broker;
  size_t smallest_body;
  size_t largest_body;
};

constexpr size_t any_size = largest_packet;

Shape packet_shape(PacketType type, const ClientLimits& limits) {
  const bool v5 = limits.protocol == Protocol::v5;
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
    case PacketType::auth:
      return {v5 && limits.authentication, 0, any_size};
    default:
      return {false, 0, 0};
  }
}

const char* packet_name(PacketType type) {
  static constexpr const char* names[] = {
      "reserved",  "CONNECT", "CONNACK",     "PUBLISH",  "PUBACK",  "PUBREC",   "PUBREL",     "PUBCOMP",
      "SUBSCRIBE", "SUBACK",  "UNSUBSCRIBE", "UNSUBACK", "PINGREQ", "PINGRESP", "DISCONNECT", "AUTH"};
  return names[static_cast<size_t>(type) & 0x0F];
}

std::optional<ProtocolError> check_connack_flags(BytesView body, Protocol protocol) {
  const uint8_t flags = byte_at(body, 0);
  if (protocol == Protocol::v31) return std::nullopt;  // the flags are undefined there
  if (flags > 1) return ProtocolError{malformed_packet, "CONNACK with reserved flags set"};
  if (flags == 1 && byte_at(body, 1) != 0)
    return ProtocolError{protocol_error, "CONNACK with a session although it refuses"};
  return std::nullopt;
}

/** Returns the size of what precedes a packet's properties; nothing if it rightly ends before them. */
std::optional<size_t> size_before_properties(BytesView body, PacketType type) {
  switch (type) {
    case PacketType::connack:
      // A broker without MQTT 5 refuses as MQTT 3.1.1 does, without properties (MQTT 5, section 3.1.2.2).
      return body.size() == 2 && byte_at(body, 1) != 0 ? std::nullopt : std::optional<size_t>(2);
    case PacketType::suback:
    case PacketType::unsuback:
      return 2;
    case PacketType::disconnect:
    case PacketType::auth:
      return body.size() <= 1 ? std::nullopt : std::optional<size_t>(1);
    default:
      return body.size() <= 3 ? std::nullopt : std::optional<size_t>(3);
  }
}

/** Checks the reason codes of a packet. Their number is checked elsewhere. */
BytesView reason_codes_in(BytesView body, PacketType type, Protocol protocol) {
  const auto byte = [&](size_t index) { return body.size() > index ? body.subspan(index, 1) : BytesView{}; };
  const bool v5 = protocol == Protocol::v5;
  switch (type) {
    case PacketType::connack:
      return v5 && size_before_properties(body, type) ? byte(1) : BytesView{};
    case PacketType::suback:
    case PacketType::unsuback:
      return body.subspan(2 + (v5 ? properties_size(body.subspan(2)).value_or(0) : 0));
    case PacketType::disconnect:
    case PacketType::auth:
      return byte(0);
    case PacketType::pingresp:
      return {};
    default:
      return byte(2);
  }
}

std::optional<ProtocolError> check_reason_codes(BytesView body, PacketType type, Protocol protocol) {
  for (const std::byte code : reason_codes_in(body, type, protocol))
    if (const auto value = std::to_integer<uint8_t>(code); !is_reason_code(type, value, protocol))
      return ProtocolError{malformed_packet,
                           std::string(packet_name(type)) + " with the reason code " + std::to_string(value)};
  return std::nullopt;
}

std::optional<ProtocolError> check_tail(BytesView tail, PacketType type, const ClientLimits& limits) {
  if (auto error = check_properties(tail, type, limits)) return error;
  const size_t rest = tail.size() - properties_size(tail).value_or(0);
  const bool lists_codes = type == PacketType::suback || type == PacketType::unsuback;
  if (lists_codes == (rest > 0)) return std::nullopt;
  const char* what = lists_codes ? " without reason codes" : " with bytes left over";
  return ProtocolError{malformed_packet, std::string(packet_name(type)) + what};
}

bool has_packet_identifier(PacketType type) {
  return (type >= PacketType::puback && type <= PacketType::pubcomp) || type == PacketType::suback ||
         type == PacketType::unsuback;
}

}  // namespace

std::optional<ProtocolError> check_header(const FixedHeader& header, const ClientLimits& limits,
                                          bool connected) {
  const auto error = [&](uint8_t code, const char* before, const std::string& after) {
    return ProtocolError{code, before + std::string(packet_name(header.type)) + after};
  };
  const Shape shape = packet_shape(header.type, limits);
  if (!shape.from_broker) return error(protocol_error, "The broker sent ", "");
  if (connected && header.type == PacketType::connack)
    return error(protocol_error, "The broker sent a second ", "");
  // A broker must not send DISCONNECT before CONNACK ([MQTT-3.14.0-1]), but brokers of MQTT 5 do, with their
  // reason.
  const bool may_come_first = header.type == PacketType::connack || header.type == PacketType::auth ||
                              header.type == PacketType::disconnect;
  if (!connected && !may_come_first) return error(protocol_error, "The broker sent ", " before CONNACK");
  if (header.type == PacketType::publish) {
    if ((header.flags & 0x06) == 0x06) return error(malformed_packet, "", " with QoS 3");
    if ((header.flags & 0x0E) == 0x08) return error(malformed_packet, "", " with DUP at QoS 0");
  } else if (header.flags != (header.type == PacketType::pubrel ? 0x02 : 0x00)) {
    return error(malformed_packet, "", " with wrong flags");
  }
  if (header.body_size < shape.smallest_body || header.body_size > shape.largest_body)
    return error(malformed_packet, "", " with a length of " + std::to_string(header.body_size));
  return std::nullopt;
}

std::optional<ProtocolError> check_layout(BytesView packet, const FixedHeader& header,
                                          const ClientLimits& limits) {
  const BytesView body = packet.subspan(header.header_size);
  if (header.type == PacketType::connack)
    if (auto error = check_connack_flags(body, limits.protocol)) return error;
  if (has_packet_identifier(header.type) && uint16_at(body, 0) == 0)
    return ProtocolError{malformed_packet,
                         std::string(packet_name(header.type)) + " with packet identifier 0"};
  if (limits.protocol == Protocol::v5 && header.type != PacketType::pingresp)
    if (const auto before = size_before_properties(body, header.type))
      if (auto error = check_tail(body.subspan(*before), header.type, limits)) return error;
  return check_reason_codes(body, header.type, limits.protocol);
}

uint8_t read_reason_code(BytesView packet, const FixedHeader& header) {
  return header.body_size == 0 ? 0 : byte_at(packet, header.header_size);
}

}  // namespace mqtt_native::mqtt
