#pragma once

#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace mqtt_native::base {

/** An error: a stable code for programs and a sentence for people. */
struct Failure {
  std::string code;
  std::string text;
};

/** Describes a failed system call as Node does: `connect ECONNREFUSED 127.0.0.1:1883`. */
inline Failure system_failure(std::string_view call, int error, std::string_view where = {}) {
  const char* name = strerrorname_np(error);
  std::string code = name != nullptr ? name : std::to_string(error);
  std::string text(call);
  text.append(" ").append(code);
  if (!where.empty()) text.append(" ").append(where);
  return {std::move(code), std::move(text)};
}

}  // namespace mqtt_native::base
