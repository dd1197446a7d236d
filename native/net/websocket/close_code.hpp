#pragma once

#include <cstdint>
#include <string_view>

namespace mqtt_native::net::websocket {

/** The close codes that the client sends (RFC 6455, section 7.4.1). */
enum class CloseCode : uint16_t {
  normal = 1000,
  protocol_error = 1002,
  unsupported_data = 1003,
};

/** Whether a close frame may carry this code: it is neither reserved nor undefined. */
bool may_be_sent(uint16_t close_code);

/** Returns the registered name of a code in lower case; empty: not registered. */
std::string_view close_code_name(uint16_t close_code);

}  // namespace mqtt_native::net::websocket
