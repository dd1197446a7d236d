#pragma once

#include <string>
#include <string_view>

namespace mqtt_native::net {

/**
 * Words of a peer, fit to stand in a sentence of ours: in quotes, with U+FFFD in place of control characters
 * and of what is not UTF-8, and cut where they are long.
 */
std::string quoted(std::string_view foreign);

}  // namespace mqtt_native::net
