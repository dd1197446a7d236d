#pragma once

#include <optional>

#include "base/failure.hpp"
#include "net/proxy/proxy_handshake.hpp"

namespace mqtt_native::net::proxy {

/** HTTP's CONNECT (RFC 9110, section 9.3.6), with Basic authentication (RFC 7617). */
std::optional<base::Failure> connect_http(ProxyHandshake& handshake);

}  // namespace mqtt_native::net::proxy
