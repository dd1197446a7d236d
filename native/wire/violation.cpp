#include "wire/violation.hpp"

#include "wire/utf8.hpp"

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

std::optional<Violation> check_connack_flags(BytesView body, Protocol protocol) {
  const uint8_t flags = byte_at(body, 0);
  if (protocol == Protocol::v31) return std::nullopt;  // they mean nothing there
  if (flags > 1) return Violation{malformed_packet, "CONNACK with reserved flags set"};
  if (flags == 1 && byte_at(body, 1) != 0)
    return Violation{protocol_error, "CONNACK with a session although it refuses"};
  return std::nullopt;
}

/** How many bytes stand before a packet's properties; nothing when it ends before them, as it then may. */
std::optional<size_t> size_before_properties(BytesView body, PacketType type) {
  switch (type) {
    case PacketType::connack:
      // A broker that knows no MQTT 5 refuses in the way of 3.1.1, without properties (MQTT 5,
      // section 3.1.2.2).
      return body.size() == 2 && byte_at(body, 1) != 0 ? std::nullopt : std::optional<size_t>(2);
    case PacketType::suback:
    case PacketType::unsuback:
      return 2;
    case PacketType::disconnect:
      return body.size() <= 1 ? std::nullopt : std::optional<size_t>(1);
    default:
      return body.size() <= 3 ? std::nullopt : std::optional<size_t>(3);
  }
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
  const BytesView body = packet.subspan(header.header_size);
  if (header.type == PacketType::connack)
    if (auto violation = check_connack_flags(body, protocol)) return violation;
  if (protocol != Protocol::v5 || header.type == PacketType::pingresp) return std::nullopt;
  const auto before = size_before_properties(body, header.type);
  if (!before) return std::nullopt;
  const BytesView properties = body.subspan(*before);
  if (auto violation = check_properties(properties, header.type)) return violation;
  const size_t rest = properties.size() - properties_size(properties).value_or(0);
  const bool lists_codes = header.type == PacketType::suback || header.type == PacketType::unsuback;
  if (lists_codes == (rest > 0)) return std::nullopt;
  const char* what = lists_codes ? " without reason codes" : " with bytes left over";
  return Violation{malformed_packet, std::string(name_of(header.type)) + what};
}

std::optional<Violation> check_publish(BytesView bytes, const FixedHeader& header, Protocol protocol,
                                       bool& complete) {
  const bool identified = (header.flags & 0x06) != 0;
  complete = false;
  if (bytes.size() < header.header_size + 2) return std::nullopt;
  const size_t topic_size = uint16_at(bytes, header.header_size);
  const size_t topic_end = header.header_size + 2 + topic_size;
  const size_t end = topic_end + (identified ? 2 : 0);
  if (end > header.packet_size()) return Violation{malformed_packet, "PUBLISH shorter than its topic"};
  if (bytes.size() < end) return std::nullopt;
  if (!is_topic_name(bytes.subspan(header.header_size + 2, topic_size)))
    return Violation{malformed_packet, "PUBLISH with an invalid topic"};
  if (identified && uint16_at(bytes, topic_end) == 0)
    return Violation{malformed_packet, "PUBLISH with packet identifier 0"};
  complete = true;
  if (protocol != Protocol::v5) return std::nullopt;
  const BytesView rest = bytes.subspan(end);
  if (!rest.empty() && rest.front() == std::byte{0}) return std::nullopt;  // no properties: the usual case
  complete = properties_size(rest).has_value() || bytes.size() >= header.packet_size();
  return complete ? check_properties(rest, PacketType::publish) : std::nullopt;
}

}  // namespace mqtt_native::wire
