#include "base/sanitize.hpp"

#include <algorithm>

#include "base/utf8.hpp"

namespace mqtt_native::base {

namespace {

constexpr size_t limit = 200;  // bytes

bool is_control(std::string_view character) {
  const auto first = static_cast<uint8_t>(character[0]);
  if (character.size() == 1) return first < 0x20 || first == 0x7F;
  return first == 0xC2 && static_cast<uint8_t>(character[1]) < 0xA0;  // U+0080 to U+009F
}

}  // namespace

std::string sanitize_for_display(std::string_view foreign) {
  std::string result;
  while (!foreign.empty() && result.size() < limit) {
    const size_t size = utf8_character_size(std::as_bytes(std::span(foreign)));
    const std::string_view character = foreign.substr(0, std::max<size_t>(size, 1));
    result.append(size == 0 || is_control(character) ? "\uFFFD" : character);
    foreign.remove_prefix(character.size());
  }
  return result.append(foreign.empty() ? "" : "…");
}

std::string quoted(std::string_view foreign) {
  return '"' + sanitize_for_display(foreign) + '"';
}

}  // namespace mqtt_native::base
