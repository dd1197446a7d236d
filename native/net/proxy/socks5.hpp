#pragma once

#include <optional>

#include "net/failure.hpp"
#include "net/proxy/negotiation.hpp"

namespace mqtt_native::net::proxy {

/** SOCKS5 (RFC 1928), without authentication or with user name and password (RFC 1929). */
std::optional<Failure> connect_socks5(Negotiation& negotiation);

}  // namespace mqtt_native::net::proxy
