#include "net/copy.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <initializer_list>
#include <vector>

using namespace mqtt_native::net;

namespace {

constexpr std::byte untouched{0xEE};
constexpr size_t line = 64;
constexpr size_t margin = 2 * line;

std::vector<std::byte> some_bytes(size_t count) {
  std::vector<std::byte> bytes(count);
  for (size_t i = 0; i < count; i++) bytes[i] = static_cast<std::byte>(i * 7 % 251);
  return bytes;
}

/** Whether a copy that begins `offset` bytes after its neighbours is right, and leaves them as they were. */
template <typename Copy>
bool is_exact(Copy copy, std::span<const std::byte> from, size_t offset) {
  std::vector<std::byte> memory(margin + offset + from.size() + margin, untouched);
  const auto copied = memory.begin() + static_cast<std::ptrdiff_t>(margin + offset);
  const auto end = copied + static_cast<std::ptrdiff_t>(from.size());
  const auto is_untouched = [](std::byte byte) { return byte == untouched; };
  copy(memory.data() + margin + offset, from);
  return std::equal(copied, end, from.begin(), from.end()) &&
         std::all_of(memory.begin(), copied, is_untouched) && std::all_of(end, memory.end(), is_untouched);
}

}  // namespace

TEST_CASE("a copy past the cache is exact, wherever it begins and ends") {
  // Of memory that ends with them: a sanitizer sees what is read beyond.
  for (const size_t size : {0, 1, 15, 16, 63, 64, 65, 127, 128, 129, 1000, 4096, 4100}) {
    for (size_t offset = 0; offset < line; offset++) {
      const auto bytes = some_bytes(offset + size);
      CAPTURE(size);
      CAPTURE(offset);
      CHECK(is_exact(copy_past_cache, bytes, 0));
      CHECK(is_exact(copy_past_cache, std::span(bytes).subspan(offset), offset));
      CHECK(is_exact(copy_past_cache, std::span(bytes).subspan(offset), line - offset));
    }
  }
}

TEST_CASE("a copy for another thread is exact, whichever way is taken") {
  for (const size_t size : {0, 1, 100, 4095, 4096, 4097, 10'000, 65'536, 100'001}) {
    const auto bytes = some_bytes(size);
    CAPTURE(size);
    for (size_t turn = 0; turn < 200; turn++) CHECK(is_exact(copy_for_another_thread, bytes, turn % line));
  }
}

TEST_CASE("nothing may be copied from nowhere") {
  std::byte byte = untouched;
  copy_for_another_thread(&byte, {});
  copy_past_cache(&byte, {});
  CHECK(byte == untouched);
}
