#pragma once

#include <cstdint>
#include <string_view>

namespace mqtt_native::net::websocket {

/** Those that we send (RFC 6455, section 7.4.1). */
enum class CloseCode : uint16_t {
  normal = 1000,
  protocol_error = 1002,
  unsupported_data = 1003,
};

/** Whether a close frame may carry this code: neither reserved, nor left to be defined. */
bool may_be_sent(uint16_t close_code);

/** What a code is called in its registry, in lower case; empty: it is in none. */
std::string_view close_code_name(uint16_t close_code);

}  // namespace mqtt_native::net::websocket
