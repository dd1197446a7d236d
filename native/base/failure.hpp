#pragma once

#include <string>
#include <string_view>

namespace mqtt_native::base {

/** An error: a stable code for programs and a sentence for people. */
struct Failure {
  std::string code;
  std::string text;
};

/** Describes a failed system call as Node does: `connect ECONNREFUSED 127.0.0.1:1883`. */
Failure system_failure(std::string_view call, int error, std::string_view where = {});

}  // namespace mqtt_native::base
