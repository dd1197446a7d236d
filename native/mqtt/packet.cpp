#include "mqtt/packet.hpp"

#include <algorithm>

#include "base/utf8.hpp"

namespace mqtt_native::mqtt {

HeaderState parse_fixed_header(BytesView bytes, FixedHeader& header) {
  size_t body_size = 0;
  for (size_t index = 1; index <= 4; index++) {
    if (index >= bytes.size()) return HeaderState::incomplete;
    const uint8_t digit = byte_at(bytes, index);
    body_size |= static_cast<size_t>(digit & 0x7F) << (7 * (index - 1));
    if ((digit & 0x80) != 0) continue;
    const uint8_t first = byte_at(bytes, 0);
    header = {static_cast<PacketType>(first >> 4), static_cast<uint8_t>(first & 0x0F), index + 1, body_size};
    return HeaderState::complete;
  }
  return HeaderState::malformed;
}

Acknowledgement acknowledgement(PacketType type, uint16_t identifier) {
  const unsigned flags = type == PacketType::pubrel ? 2 : 0;
  return {static_cast<std::byte>(static_cast<unsigned>(type) << 4 | flags), std::byte{2},
          static_cast<std::byte>(identifier >> 8), static_cast<std::byte>(identifier & 0xFF)};
}

void append_variable(Bytes& bytes, size_t value) {
  for (; value > 0x7F; value >>= 7) bytes.push_back(static_cast<std::byte>((value & 0x7F) | 0x80));
  bytes.push_back(static_cast<std::byte>(value));
}

bool is_utf8(BytesView bytes) {
  while (!bytes.empty()) {
    const size_t size = base::utf8_character_size(bytes);
    if (size == 0 || bytes.front() == std::byte{0}) return false;
    bytes = bytes.subspan(size);
  }
  return true;
}

bool is_topic_name(BytesView bytes) {
  const auto is_wildcard = [](std::byte byte) { return byte == std::byte{'+'} || byte == std::byte{'#'}; };
  return !bytes.empty() && std::none_of(bytes.begin(), bytes.end(), is_wildcard) && is_utf8(bytes);
}

}  // namespace mqtt_native::mqtt
