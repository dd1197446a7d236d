// Answers Paho's calls to its trace. Paho formats every line. These hooks do so only while somebody listens.

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "paho/adapter.hpp"

using mqtt_native::paho::Adapter;

extern "C" const char* Messages_get(int number, int level);  // Messages.c: the texts that have numbers

namespace {

/** Paho's own default (Log.h: TRACE_MINIMUM). Below it are the calls of its own functions. */
constexpr int min_level = 3;
constexpr size_t max_line = 512;  // bytes

/** Payloads do not belong in a log. Paho's texts have theirs at the end. */
std::string_view without_payload(const char* format) {
  const std::string_view text(format);
  return text.substr(0, text.find(": %.*s"));
}

}  // namespace

extern "C" {

/** An explicit text precedes the one that the number stands for. */
void __wrap_Log(int level, int number, const char* text, ...) {
  mqtt_native::session::Trace& trace = Adapter::instance().runtime().trace();
  if (!trace.is_wanted() || level < min_level) return;
  if (text == nullptr) text = Messages_get(number, level);
  if (text == nullptr) return;
  const std::string_view kept = without_payload(text);
  std::array<char, max_line> format{};
  std::array<char, max_line> line{};
  if (kept.size() >= format.size()) return;
  std::memcpy(format.data(), kept.data(), kept.size());
  va_list values;
  va_start(values, text);
  const int size = std::vsnprintf(line.data(), line.size(), format.data(), values);
  va_end(values);
  if (size > 0) trace.write({line.data(), std::min(static_cast<size_t>(size), line.size() - 1)});
}

void __wrap_StackTrace_entry(const char*, int, int) {}
void __wrap_StackTrace_exit(const char*, int, void*, int) {}
}
