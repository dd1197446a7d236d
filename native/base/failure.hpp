#pragma once

#include <string>
#include <string_view>

namespace mqtt_native::base {

/** Why something could not be done: a stable code that programs compare, and a sentence that people read. */
struct Failure {
  std::string code;
  std::string text;
};

/** A failed system call, worded as Node words it: `connect ECONNREFUSED 127.0.0.1:1883`. */
Failure system_failure(std::string_view call, int error, std::string_view where = {});

}  // namespace mqtt_native::base
