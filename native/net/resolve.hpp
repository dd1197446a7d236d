#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/failure.hpp"
#include "net/address.hpp"
#include "net/connect_deadline.hpp"

namespace mqtt_native::net {

/**
 * The addresses of a host, in the system's order of preference. Blocks until they are known, the deadline
 * passes or the call is cancelled. A resolver that hangs costs one waiting thread of its own, never the
 * caller's deadline.
 */
std::variant<std::vector<Address>, base::Failure> resolve(const std::string& host, uint16_t port,
                                                          const ConnectDeadline& deadline);

}  // namespace mqtt_native::net
