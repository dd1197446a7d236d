#pragma once

#include <optional>

#include "base/failure.hpp"
#include "net/proxy/proxy_handshake.hpp"

namespace mqtt_native::net::proxy {

/** SOCKS5 (RFC 1928), without authentication or with user name and password (RFC 1929). */
std::optional<base::Failure> connect_socks5(ProxyHandshake& handshake);

}  // namespace mqtt_native::net::proxy
