#include "mqtt/publish.hpp"

#include "base/parts.hpp"

namespace mqtt_native::mqtt {

namespace {

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

/** Writes consecutive numbers into memory that is large enough. */
class Writer {
 public:
  explicit Writer(std::byte* begin) : begin_(begin), end_(begin) {}

  void byte(size_t value) { *end_++ = static_cast<std::byte>(value); }
  void uint16(size_t value) {
    byte(value >> 8);
    byte(value & 0xFF);
  }
  void variable(size_t value) {
    for (; value > 0x7F; value >>= 7) byte((value & 0x7F) | 0x80);
    byte(value);
  }
  [[nodiscard]] iovec part() const { return {begin_, static_cast<size_t>(end_ - begin_)}; }

 private:
  std::byte* const begin_;
  std::byte* end_;
};

iovec to_iovec(const void* data, size_t size) {
  return {const_cast<void*>(data), size};
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

OutgoingPublish read_outgoing_publish(BytesView packet, Protocol protocol) {
  FixedHeader header{};
  if (parse_fixed_header(packet, header) != HeaderState::complete) return {};
  OutgoingPublish publish;
  publish.retain = (header.flags & 1) != 0;
  publish.qos = static_cast<uint8_t>(header.flags >> 1 & 3);
  const size_t topic_size = uint16_at(packet, header.header_size);
  BytesView rest = packet.subspan(header.header_size + 2);
  publish.topic = {reinterpret_cast<const char*>(rest.data()), topic_size};
  rest = rest.subspan(topic_size);
  if (publish.qos > 0) {
    publish.identifier = uint16_at(rest, 0);
    rest = rest.subspan(2);
  }
  if (protocol == Protocol::v5) {
    publish.properties = rest.first(properties_size(rest).value_or(0));
    rest = rest.subspan(publish.properties.size());
  }
  publish.payload = rest;
  return publish;
}

PublishParts::PublishParts(const OutgoingPublish& publish, Protocol protocol) {
  const auto& [topic, properties, payload, retain, qos, identifier, topic_alias, duplicate] = publish;
  BytesView values = properties;
  Writer middle(middle_.data());
  if (qos > 0) middle.uint16(identifier);
  if (topic_alias != 0) {
    values = property_values(properties);
    middle.variable(topic_alias_size + values.size());
    middle.byte(static_cast<size_t>(PropertyId::topic_alias));
    middle.uint16(topic_alias);
  } else if (protocol == Protocol::v5 && properties.empty()) {
    middle.byte(0);
  }
  Writer head(head_.data());
  head.byte(0x30 | (duplicate ? 8 : 0) | static_cast<size_t>(qos) << 1 | (retain ? 1 : 0));
  head.variable(2 + topic.size() + middle.part().iov_len + values.size() + payload.size());
  head.uint16(topic.size());
  parts_ = {head.part(), to_iovec(topic.data(), topic.size()), middle.part(),
            to_iovec(values.data(), values.size()), to_iovec(payload.data(), payload.size())};
}

size_t PublishParts::size() const {
  return base::total_size(parts_);
}

}  // namespace mqtt_native::mqtt
