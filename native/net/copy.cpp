#include "net/copy.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>

#include "net/clock.hpp"
#include "net/copy_choice.hpp"
#endif

namespace mqtt_native::net {

namespace {

void copy_plainly(std::byte* to, std::span<const std::byte> from) {
  if (!from.empty()) std::memcpy(to, from.data(), from.size());
}

}  // namespace

#ifdef __SSE2__

namespace {

/** Of less, nothing is gained past the cache. */
constexpr size_t least_chosen = 4 * 1024;
constexpr size_t line_size = 64;

/** Each thread writes where others have read, and may be near them or far. */
constinit thread_local CopyChoice choice;

/** All four at once: a line that is written whole need not be read before. */
void stream_line(std::byte* to, const std::byte* from) {
  const auto* source = reinterpret_cast<const __m128i*>(from);
  auto* line = reinterpret_cast<__m128i*>(to);
  const __m128i first = _mm_loadu_si128(source), second = _mm_loadu_si128(source + 1),
                third = _mm_loadu_si128(source + 2), fourth = _mm_loadu_si128(source + 3);
  _mm_stream_si128(line, first);
  _mm_stream_si128(line + 1, second);
  _mm_stream_si128(line + 2, third);
  _mm_stream_si128(line + 3, fourth);
}

size_t bytes_before_line(const std::byte* at) {
  return -reinterpret_cast<uintptr_t>(at) % line_size;
}

void copy(CopyWay way, std::byte* to, std::span<const std::byte> from) {
  if (way == CopyWay::plain) return copy_plainly(to, from);
  copy_past_cache(to, from);
}

}  // namespace

void copy_past_cache(std::byte* to, std::span<const std::byte> from) {
  const size_t before = std::min(bytes_before_line(to), from.size());
  const size_t in_lines = (from.size() - before) / line_size * line_size;
  copy_plainly(to, from.first(before));
  for (size_t at = before; at < before + in_lines; at += line_size) stream_line(to + at, from.data() + at);
  copy_plainly(to + before + in_lines, from.subspan(before + in_lines));
  _mm_sfence();  // no lock orders such stores for certain
}

void copy_for_another_thread(std::byte* to, std::span<const std::byte> from) {
  if (from.size() < least_chosen) return copy_plainly(to, from);
  const auto [way, is_timed] = choice.next();
  if (!is_timed) return copy(way, to, from);
  const TimePoint begin = Clock::now();
  copy(way, to, from);
  choice.note(way, from.size(), std::chrono::nanoseconds(Clock::now() - begin).count());
}

#else

void copy_past_cache(std::byte* to, std::span<const std::byte> from) {
  copy_plainly(to, from);
}

void copy_for_another_thread(std::byte* to, std::span<const std::byte> from) {
  copy_plainly(to, from);
}

#endif

}  // namespace mqtt_native::net
