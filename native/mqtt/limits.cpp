#include "mqtt/limits.hpp"

#include "mqtt/properties.hpp"

namespace mqtt_native::mqtt {

namespace {

/** Bytes of protocol name, protocol level, connect flags and keep alive (section 3.1.2). */
constexpr size_t size_before_properties = 6 + 1 + 1 + 2;

BrokerLimits read_limits(BytesView properties) {
  const auto is_available = [properties](PropertyId id) {
    return find_property(properties, id).value_or(1) != 0;
  };
  BrokerLimits limits;
  limits.maximum_packet_size =
      find_property(properties, PropertyId::maximum_packet_size).value_or(limits.maximum_packet_size);
  limits.maximum_qos = static_cast<uint8_t>(find_property(properties, PropertyId::maximum_qos).value_or(2));
  limits.retain_available = is_available(PropertyId::retain_available);
  return limits;
}

}  // namespace

ClientLimits read_client_limits(BytesView connect_packet, Protocol protocol) {
  ClientLimits limits{.protocol = protocol};
  FixedHeader header{};
  const bool whole = parse_fixed_header(connect_packet, header) == HeaderState::complete &&
                     connect_packet.size() == header.packet_size();
  if (protocol != Protocol::v5 || !whole || header.body_size <= size_before_properties) return limits;
  const BytesView properties = connect_packet.subspan(header.header_size + size_before_properties);
  if (const auto value = find_property(properties, PropertyId::receive_maximum))
    limits.receive_maximum = static_cast<uint16_t>(*value);
  if (const auto value = find_property(properties, PropertyId::topic_alias_maximum))
    limits.topic_alias_maximum = static_cast<uint16_t>(*value);
  if (const auto value = find_property(properties, PropertyId::request_problem_information))
    limits.problem_information = *value != 0;
  limits.authentication = find_property(properties, PropertyId::authentication_method).has_value();
  return limits;
}

uint8_t BrokerLimits::refusal(uint8_t qos, bool retain, size_t packet_size) const {
  if (qos > maximum_qos) return qos_not_supported;
  if (retain && !retain_available) return retain_not_supported;
  return packet_size > maximum_packet_size ? packet_too_large : 0;
}

uint8_t BrokerLimits::refusal(BytesView publish) const {
  const uint8_t first = byte_at(publish, 0);
  return refusal(first >> 1 & 3, (first & 1) != 0, publish.size());
}

Connack read_connack(BytesView packet, Protocol protocol) {
  Connack connack;
  FixedHeader header{};
  if (parse_fixed_header(packet, header) != HeaderState::complete || header.body_size < 2) return connack;
  const BytesView body = packet.subspan(header.header_size);
  connack.session_present = protocol != Protocol::v31 && (byte_at(body, 0) & 0x01) != 0;
  connack.reason_code = byte_at(body, 1);
  if (protocol != Protocol::v5) return connack;
  const BytesView properties = body.subspan(2);
  if (const auto value = find_property(properties, PropertyId::server_keep_alive))
    connack.server_keep_alive = static_cast<uint16_t>(*value);
  if (const auto value = find_property(properties, PropertyId::receive_maximum); value && *value > 0)
    connack.receive_maximum = static_cast<uint16_t>(*value);
  if (const auto value = find_property(properties, PropertyId::topic_alias_maximum))
    connack.topic_alias_maximum = static_cast<uint16_t>(*value);
  connack.limits = read_limits(properties);
  return connack;
}

}  // namespace mqtt_native::mqtt
