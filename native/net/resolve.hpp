#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "net/address.hpp"
#include "net/failure.hpp"
#include "net/patience.hpp"

namespace mqtt_native::net {

/**
 * The addresses of a host, in the system's order of preference. Blocks until they are known, the deadline
 * passes or the call is cancelled. A resolver that hangs costs one waiting thread of its own, never the
 * caller's deadline.
 */
std::variant<std::vector<Address>, Failure> resolve(const std::string& host, uint16_t port,
                                                    const Patience& patience);

}  // namespace mqtt_native::net
