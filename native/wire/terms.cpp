#include "wire/terms.hpp"

#include "wire/properties.hpp"

namespace mqtt_native::wire {

namespace {

/** Protocol name, protocol level, connect flags and keep alive come before the properties (section 3.1.2). */
constexpr size_t size_before_properties = 6 + 1 + 1 + 2;

}  // namespace

Terms read_terms(BytesView connect_packet, Protocol protocol) {
  Terms terms{.protocol = protocol};
  FixedHeader header{};
  const bool whole = parse_fixed_header(connect_packet, header) == HeaderState::complete &&
                     connect_packet.size() == header.packet_size();
  if (protocol != Protocol::v5 || !whole || header.body_size <= size_before_properties) return terms;
  const BytesView properties = connect_packet.subspan(header.header_size + size_before_properties);
  if (const auto value = find_property(properties, PropertyId::receive_maximum))
    terms.receive_maximum = static_cast<uint16_t>(*value);
  if (const auto value = find_property(properties, PropertyId::topic_alias_maximum))
    terms.topic_alias_maximum = static_cast<uint16_t>(*value);
  if (const auto value = find_property(properties, PropertyId::request_problem_information))
    terms.problem_information = *value != 0;
  terms.authentication = find_property(properties, PropertyId::authentication_method).has_value();
  return terms;
}

}  // namespace mqtt_native::wire
