#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/failure.hpp"
#include "net/address.hpp"
#include "net/connect_deadline.hpp"

namespace mqtt_native::net {

/**
 * Resolves a host to its addresses, in the system's order of preference. Blocks until they are known, the
 * deadline has passed or the call is cancelled. A resolver that hangs occupies a thread of its own, and never
 * delays the caller beyond the deadline.
 */
std::variant<std::vector<Address>, base::Failure> resolve(const std::string& host, uint16_t port,
                                                          const ConnectDeadline& deadline);

}  // namespace mqtt_native::net
