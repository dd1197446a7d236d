// Answers Paho's calls to its trace. Paho formats every line, whether or not anybody reads it; here that is
// done only while somebody listens.

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "paho/trace.hpp"

using mqtt_native::paho::Trace;

extern "C" const char* Messages_get(int number, int level);  // Messages.c: the texts that have numbers

namespace {

/** As in Paho by default: below this it tells what its own functions do (Log.h: TRACE_MINIMUM). */
constexpr int lowest_level = 3;
constexpr size_t longest_line = 512;

/** Payloads are the program's business: a log has no room for them. Paho's texts have theirs at the end. */
std::string_view without_payload(const char* format) {
  const std::string_view text(format);
  return text.substr(0, text.find(": %.*s"));
}

}  // namespace

extern "C" {

/** A text of its own goes before the one that the number stands for. */
void __wrap_Log(int level, int number, const char* text, ...) {
  if (!Trace::wanted() || level < lowest_level) return;
  if (text == nullptr) text = Messages_get(number, level);
  if (text == nullptr) return;
  const std::string_view kept = without_payload(text);
  std::array<char, longest_line> format{};
  std::array<char, longest_line> line{};
  if (kept.size() >= format.size()) return;
  std::memcpy(format.data(), kept.data(), kept.size());
  va_list values;
  va_start(values, text);
  const int size = std::vsnprintf(line.data(), line.size(), format.data(), values);
  va_end(values);
  if (size > 0) Trace::write({line.data(), std::min(static_cast<size_t>(size), line.size() - 1)});
}

void __wrap_StackTrace_entry(const char*, int, int) {}
void __wrap_StackTrace_exit(const char*, int, void*, int) {}
}
