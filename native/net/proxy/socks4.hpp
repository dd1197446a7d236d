#pragma once

#include <optional>

#include "net/failure.hpp"
#include "net/proxy/negotiation.hpp"

namespace mqtt_native::net::proxy {

/** SOCKS4 for an IPv4 address, SOCKS4a for anything else. It has a user name, but no password. */
std::optional<Failure> connect_socks4(Negotiation& negotiation);

}  // namespace mqtt_native::net::proxy
