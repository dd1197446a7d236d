#include "wire/publish.hpp"

#include "wire/utf8.hpp"

namespace mqtt_native::wire {

namespace {

/**
 * Reads the properties, the last thing before the payload; `front.size` stays 0 while they are incomplete.
 */
std::optional<Violation> read_properties(BytesView rest, size_t missing, const Terms& terms,
                                         PublishFront& front, size_t size_before) {
  if (!rest.empty() && rest.front() == std::byte{0}) {  // none: the usual case
    front.properties = rest.first(1);
    front.size = size_before + 1;
    return std::nullopt;
  }
  const auto size = properties_size(rest);
  if (!size && missing > 0) return std::nullopt;
  if (auto violation = check_properties(rest, PacketType::publish, terms)) return violation;
  front.properties = rest.first(size.value_or(0));
  front.size = size_before + front.properties.size();
  const auto alias = find_property(front.properties, PropertyId::topic_alias);
  front.topic_alias = static_cast<uint16_t>(alias.value_or(0));
  return std::nullopt;
}

/** A topic may be empty where an alias stands for it (section 3.3.2.3.4). */
std::optional<Violation> check_topic(const PublishFront& front, const Terms& terms) {
  if (is_topic_name(front.topic)) return std::nullopt;
  if (!front.topic.empty() || terms.protocol != Protocol::v5)
    return Violation{malformed_packet, "PUBLISH with an invalid topic"};
  if (front.size == 0 || front.topic_alias != 0) return std::nullopt;
  return Violation{protocol_error, "PUBLISH with neither a topic nor an alias"};
}

}  // namespace

std::optional<Violation> read_publish(BytesView bytes, const FixedHeader& header, const Terms& terms,
                                      PublishFront& front) {
  const bool identified = (header.flags & 0x06) != 0;
  front = {};
  if (bytes.size() < header.header_size + 2) return std::nullopt;
  const size_t topic_size = uint16_at(bytes, header.header_size);
  const size_t topic_end = header.header_size + 2 + topic_size;
  const size_t end = topic_end + (identified ? 2 : 0);
  if (end > header.packet_size()) return Violation{malformed_packet, "PUBLISH shorter than its topic"};
  if (bytes.size() < end) return std::nullopt;
  front.topic = bytes.subspan(header.header_size + 2, topic_size);
  if (identified) front.identifier = uint16_at(bytes, topic_end);
  if (identified && front.identifier == 0)
    return Violation{malformed_packet, "PUBLISH with packet identifier 0"};
  if (terms.protocol != Protocol::v5)
    front.size = end;
  else if (auto violation =
               read_properties(bytes.subspan(end), header.packet_size() - bytes.size(), terms, front, end))
    return violation;
  return check_topic(front, terms);
}

Bytes without_alias(const PublishFront& front, const FixedHeader& header, std::byte first_byte,
                    BytesView topic) {
  const Bytes properties = properties_without(front.properties, PropertyId::topic_alias);
  const size_t payload_size = header.packet_size() - front.size;
  Bytes bytes{first_byte};
  append_variable(bytes,
                  2 + topic.size() + (front.identifier != 0 ? 2 : 0) + properties.size() + payload_size);
  append_uint16(bytes, static_cast<uint16_t>(topic.size()));
  bytes.insert(bytes.end(), topic.begin(), topic.end());
  if (front.identifier != 0) append_uint16(bytes, front.identifier);
  bytes.insert(bytes.end(), properties.begin(), properties.end());
  return bytes;
}

}  // namespace mqtt_native::wire
