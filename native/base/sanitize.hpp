#pragma once

#include <string>
#include <string_view>

namespace mqtt_native::base {

/**
 * Makes text from a peer printable: replaces control characters and invalid UTF-8 by U+FFFD, and truncates
 * long text.
 */
std::string sanitize_for_display(std::string_view foreign);

/** Returns the sanitized text in double quotes. */
std::string quoted(std::string_view foreign);

}  // namespace mqtt_native::base
