#pragma once

#include <string>
#include <string_view>

namespace mqtt_native::base {

/** Makes a peer's text printable: replaces control characters and invalid UTF-8, and truncates long text. */
std::string sanitize_for_display(std::string_view foreign);

std::string quoted(std::string_view foreign);

}  // namespace mqtt_native::base
