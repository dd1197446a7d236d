#include "mqtt/publish.hpp"

#include "mqtt/utf8.hpp"

namespace mqtt_native::mqtt {

namespace {

/** Reads the properties, which precede the payload. */
std::optional<ProtocolError> read_properties(BytesView rest, const ClientLimits& limits,
                                             PublishFront& front) {
  if (!rest.empty() && rest.front() == std::byte{0}) {  // no properties: the usual case
    front.properties = rest.first(1);
    front.size++;
    return std::nullopt;
  }
  if (auto error = check_properties(rest, PacketType::publish, limits)) return error;
  front.properties = rest.first(properties_size(rest).value_or(0));
  front.size += front.properties.size();
  const auto alias = find_property(front.properties, PropertyId::topic_alias);
  front.topic_alias = static_cast<uint16_t>(alias.value_or(0));
  return std::nullopt;
}

/** Checks the topic, which may be empty if there is an alias (section 3.3.2.3.4). */
std::optional<ProtocolError> check_topic(const PublishFront& front, const ClientLimits& limits) {
  if (is_topic_name(front.topic)) return std::nullopt;
  if (!front.topic.empty() || limits.protocol != Protocol::v5)
    return ProtocolError{malformed_packet, "PUBLISH with an invalid topic"};
  if (front.topic_alias != 0) return std::nullopt;
  return ProtocolError{protocol_error, "PUBLISH with neither a topic nor an alias"};
}

}  // namespace

std::optional<ProtocolError> read_publish(BytesView packet, const FixedHeader& header,
                                          const ClientLimits& limits, PublishFront& front) {
  const bool identified = (header.flags & 0x06) != 0;
  front = {};
  const size_t topic_size = uint16_at(packet, header.header_size);
  const size_t topic_end = header.header_size + 2 + topic_size;
  const size_t end = topic_end + (identified ? 2 : 0);
  if (end > packet.size()) return ProtocolError{malformed_packet, "PUBLISH shorter than its topic"};
  front.topic = packet.subspan(header.header_size + 2, topic_size);
  if (identified) front.identifier = uint16_at(packet, topic_end);
  if (identified && front.identifier == 0)
    return ProtocolError{malformed_packet, "PUBLISH with packet identifier 0"};
  front.size = end;
  if (limits.protocol == Protocol::v5)
    if (auto error = read_properties(packet.subspan(end), limits, front)) return error;
  return check_topic(front, limits);
}

}  // namespace mqtt_native::mqtt
