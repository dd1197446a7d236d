#include "mqtt/properties.hpp"

#include "targets.hpp"

namespace mqtt_native::fuzz {

using namespace mqtt_native::mqtt;

void properties(Input input) {
  Source source(input);
  const auto packet = static_cast<PacketType>(source.byte() & 0x0F);
  const ClientLimits limits{
      .protocol = Protocol::v5, .topic_alias_maximum = 2, .problem_information = source.byte() % 2 == 0};
  const BytesView encoded = source.bytes(SIZE_MAX);
  const auto size = properties_size(encoded);
  const auto alias = find_property(encoded, PropertyId::topic_alias);
  if (check_properties(encoded, packet, limits)) return;
  // Well-formed properties must give consistent results in all functions that read them.
  require(size.has_value() && *size <= encoded.size());
  const BytesView block = encoded.first(*size);
  require(property_values(block).size() < block.size());
  const Bytes rest = properties_without(block, PropertyId::topic_alias);
  require(!find_property(rest, PropertyId::topic_alias).has_value());
  require(!check_properties(rest, packet, limits).has_value());
  require(properties_size(rest) == rest.size());
  if (!alias) require(property_values(rest).size() == property_values(block).size());
  if (alias) require(property_values(rest).size() + topic_alias_size == property_values(block).size());
}

}  // namespace mqtt_native::fuzz
