#pragma once

#include <string>
#include <string_view>

namespace mqtt_native::base {

/**
 * What somebody else wrote, fit to stand in a sentence of ours: with U+FFFD in place of control characters
 * and of what is not UTF-8, and cut where it is long.
 */
std::string sanitize_for_display(std::string_view foreign);

/** The same in quotes. */
std::string quoted(std::string_view foreign);

}  // namespace mqtt_native::base
