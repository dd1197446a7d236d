#include "wire/publish.hpp"

#include "wire/utf8.hpp"

namespace mqtt_native::wire {

namespace {

/** Reads the properties, which are the last thing before the payload. */
std::optional<Violation> read_properties(BytesView rest, const Terms& terms, PublishFront& front) {
  if (!rest.empty() && rest.front() == std::byte{0}) {  // none: the usual case
    front.properties = rest.first(1);
    front.size++;
    return std::nullopt;
  }
  if (auto violation = check_properties(rest, PacketType::publish, terms)) return violation;
  front.properties = rest.first(properties_size(rest).value_or(0));
  front.size += front.properties.size();
  const auto alias = find_property(front.properties, PropertyId::topic_alias);
  front.topic_alias = static_cast<uint16_t>(alias.value_or(0));
  return std::nullopt;
}

/** A topic may be empty where an alias stands for it (section 3.3.2.3.4). */
std::optional<Violation> check_topic(const PublishFront& front, const Terms& terms) {
  if (is_topic_name(front.topic)) return std::nullopt;
  if (!front.topic.empty() || terms.protocol != Protocol::v5)
    return Violation{malformed_packet, "PUBLISH with an invalid topic"};
  if (front.topic_alias != 0) return std::nullopt;
  return Violation{protocol_error, "PUBLISH with neither a topic nor an alias"};
}

}  // namespace

std::optional<Violation> read_publish(BytesView packet, const FixedHeader& header, const Terms& terms,
                                      PublishFront& front) {
  const bool identified = (header.flags & 0x06) != 0;
  front = {};
  const size_t topic_size = uint16_at(packet, header.header_size);
  const size_t topic_end = header.header_size + 2 + topic_size;
  const size_t end = topic_end + (identified ? 2 : 0);
  if (end > packet.size()) return Violation{malformed_packet, "PUBLISH shorter than its topic"};
  front.topic = packet.subspan(header.header_size + 2, topic_size);
  if (identified) front.identifier = uint16_at(packet, topic_end);
  if (identified && front.identifier == 0)
    return Violation{malformed_packet, "PUBLISH with packet identifier 0"};
  front.size = end;
  if (terms.protocol == Protocol::v5)
    if (auto violation = read_properties(packet.subspan(end), terms, front)) return violation;
  return check_topic(front, terms);
}

}  // namespace mqtt_native::wire
