#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace mqtt_native::base {

/** Returns the size of the well-formed character at the front, or 0 if there is none (Unicode, table 3-7). */
inline size_t utf8_character_size(std::span<const std::byte> bytes) {
  const auto at = [bytes](size_t index) { return std::to_integer<uint8_t>(bytes[index]); };
  if (bytes.empty()) return 0;
  const uint8_t first = at(0);
  if (first < 0x80) return 1;
  const size_t size = first >= 0xC2 && first <= 0xDF   ? 2
                      : first >= 0xE0 && first <= 0xEF ? 3
                      : first >= 0xF0 && first <= 0xF4 ? 4
                                                       : 0;
  if (size == 0 || bytes.size() < size) return 0;
  for (size_t i = 1; i < size; i++)
    if ((at(i) & 0xC0) != 0x80) return 0;
  const uint8_t second = at(1);
  const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  const bool surrogate = first == 0xED && second > 0x9F;
  const bool beyond_unicode = first == 0xF4 && second > 0x8F;
  return overlong || surrogate || beyond_unicode ? 0 : size;
}

}  // namespace mqtt_native::base
