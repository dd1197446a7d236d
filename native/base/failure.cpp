#include "base/failure.hpp"

#include <cstring>

namespace mqtt_native::base {

Failure system_failure(std::string_view call, int error, std::string_view where) {
  const char* name = strerrorname_np(error);
  std::string code = name != nullptr ? name : std::to_string(error);
  std::string text(call);
  text.append(" ").append(code);
  if (!where.empty()) text.append(" ").append(where);
  return {std::move(code), std::move(text)};
}

}  // namespace mqtt_native::base
