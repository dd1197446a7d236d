#include "mqtt/connack.hpp"

#include "mqtt/properties.hpp"

namespace mqtt_native::mqtt {

namespace {

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
