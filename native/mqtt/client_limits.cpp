#include "mqtt/client_limits.hpp"

#include "mqtt/properties.hpp"

namespace mqtt_native::mqtt {

namespace {

/** Bytes of protocol name, protocol level, connect flags and keep alive (section 3.1.2). */
constexpr size_t size_before_properties = 6 + 1 + 1 + 2;

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

}  // namespace mqtt_native::mqtt
