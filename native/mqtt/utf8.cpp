#include "mqtt/utf8.hpp"

#include <algorithm>

#include "base/utf8.hpp"

namespace mqtt_native::mqtt {

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
