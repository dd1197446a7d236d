#pragma once

#include <optional>

#include "base/failure.hpp"
#include "net/proxy/proxy_handshake.hpp"

namespace mqtt_native::net::proxy {

/** HTTP's CONNECT (RFC 9110, section 9.3.6), with Basic authentication (RFC 7617). */
std::optional<base::Failure> connect_http(ProxyHandshake& handshake);

/** SOCKS4 for an IPv4 address, SOCKS4a for anything else. It has a user name, but no password. */
std::optional<base::Failure> connect_socks4(ProxyHandshake& handshake);

/** SOCKS5 (RFC 1928), without authentication or with user name and password (RFC 1929). */
std::optional<base::Failure> connect_socks5(ProxyHandshake& handshake);

}  // namespace mqtt_native::net::proxy
