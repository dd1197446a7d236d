#pragma once

#include <optional>

#include "base/failure.hpp"
#include "net/proxy/proxy_handshake.hpp"

namespace mqtt_native::net::proxy {

/** SOCKS4 for an IPv4 address, SOCKS4a for anything else. It has a user name, but no password. */
std::optional<base::Failure> connect_socks4(ProxyHandshake& handshake);

}  // namespace mqtt_native::net::proxy
