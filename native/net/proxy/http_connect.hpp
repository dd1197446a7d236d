#pragma once

#include <optional>

#include "net/failure.hpp"
#include "net/proxy/negotiation.hpp"

namespace mqtt_native::net::proxy {

/** HTTP's CONNECT (RFC 9110, section 9.3.6), with Basic authentication (RFC 7617). */
std::optional<Failure> connect_http(Negotiation& negotiation);

}  // namespace mqtt_native::net::proxy
