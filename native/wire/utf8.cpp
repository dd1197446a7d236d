#include "wire/utf8.hpp"

#include <algorithm>

namespace mqtt_native::wire {

namespace {

bool is_continuation(uint8_t byte) {
  return (byte & 0xC0) == 0x80;
}

/** The bytes of the well-formed character at the front; 0 when there is none (Unicode, table 3-7). */
size_t character_size(BytesView bytes) {
  const uint8_t first = byte_at(bytes, 0);
  if (first < 0x80) return first == 0 ? 0 : 1;
  const size_t size = first >= 0xC2 && first <= 0xDF   ? 2
                      : first >= 0xE0 && first <= 0xEF ? 3
                      : first >= 0xF0 && first <= 0xF4 ? 4
                                                       : 0;
  if (size == 0 || bytes.size() < size) return 0;
  for (size_t i = 1; i < size; i++)
    if (!is_continuation(byte_at(bytes, i))) return 0;
  const uint8_t second = byte_at(bytes, 1);
  const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  const bool surrogate = first == 0xED && second > 0x9F;
  const bool beyond_unicode = first == 0xF4 && second > 0x8F;
  return overlong || surrogate || beyond_unicode ? 0 : size;
}

}  // namespace

bool is_utf8(BytesView bytes) {
  while (!bytes.empty()) {
    const size_t size = character_size(bytes);
    if (size == 0) return false;
    bytes = bytes.subspan(size);
  }
  return true;
}

bool is_topic_name(BytesView bytes) {
  const auto is_wildcard = [](std::byte byte) { return byte == std::byte{'+'} || byte == std::byte{'#'}; };
  return !bytes.empty() && std::none_of(bytes.begin(), bytes.end(), is_wildcard) && is_utf8(bytes);
}

}  // namespace mqtt_native::wire
