#include "packet.hpp"

namespace mock_broker {

std::optional<Packet> first_packet(View bytes) {
  uint32_t remaining = 0;
  for (size_t at = 1; at < bytes.size(); at++) {
    if (at > 4) throw ProtocolError("a packet with a malformed length");
    remaining |= static_cast<uint32_t>(bytes[at] & 0x7F) << (7 * (at - 1));
    if (bytes[at] & 0x80) continue;
    const size_t size = at + 1 + remaining;
    if (bytes.size() < size) return std::nullopt;
    const auto type = static_cast<PacketType>(bytes[0] >> 4);
    return Packet{type, static_cast<uint8_t>(bytes[0] & 0x0F), bytes.subspan(at + 1, remaining), size};
  }
  return std::nullopt;
}

uint16_t Reader::u16() {
  const View bytes = take(2);
  return static_cast<uint16_t>(bytes[0] << 8 | bytes[1]);
}

uint32_t Reader::variable() {
  uint32_t value = 0;
  for (unsigned shift = 0; shift < 28; shift += 7) {
    const uint8_t byte = u8();
    value |= static_cast<uint32_t>(byte & 0x7F) << shift;
    if ((byte & 0x80) == 0) return value;
  }
  throw ProtocolError("a malformed variable byte integer");
}

std::string_view Reader::text() {
  const View bytes = binary();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

View Reader::take(size_t count) {
  if (rest_.size() < count) throw ProtocolError("a packet that ends too early");
  const View taken = rest_.first(count);
  rest_ = rest_.subspan(count);
  return taken;
}

void append_u16(Bytes& to, uint16_t value) {
  to.push_back(static_cast<uint8_t>(value >> 8));
  to.push_back(static_cast<uint8_t>(value));
}

void append_variable(Bytes& to, uint32_t value) {
  for (; value > 0x7F; value >>= 7) to.push_back(static_cast<uint8_t>(value | 0x80));
  to.push_back(static_cast<uint8_t>(value));
}

void append_text(Bytes& to, std::string_view text) {
  append_u16(to, static_cast<uint16_t>(text.size()));
  to.insert(to.end(), text.begin(), text.end());
}

void append_header(Bytes& to, PacketType type, uint8_t flags, uint32_t remaining) {
  to.push_back(static_cast<uint8_t>(static_cast<uint8_t>(type) << 4 | flags));
  append_variable(to, remaining);
}

void append_acknowledgement(Bytes& to, PacketType type, uint16_t id) {
  append_header(to, type, type == PacketType::pubrel ? 2 : 0, 2);
  append_u16(to, id);
}

void append_publish_head(Bytes& to, const PublishHead& head, size_t payload_size) {
  const size_t remaining = 2 + head.topic.size() + (head.qos > 0 ? 2 : 0) + (head.v5 ? 1 : 0) + payload_size;
  append_header(to, PacketType::publish, static_cast<uint8_t>(head.qos << 1),
                static_cast<uint32_t>(remaining));
  append_text(to, head.topic);
  if (head.qos > 0) append_u16(to, head.id);
  if (head.v5) to.push_back(0);  // no properties
}

}  // namespace mock_broker
