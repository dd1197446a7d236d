#pragma once

#include <vector>

#include "net/address.hpp"
#include "net/dial_result.hpp"
#include "net/local_side.hpp"
#include "net/patience.hpp"

namespace mqtt_native::net {

/**
 * Connects to whichever of these addresses of one host answers first. A further one is tried as soon as an
 * earlier one failed or has kept us waiting for 250 ms (RFC 8305, section 5).
 */
DialResult race(std::vector<Address> addresses, const LocalSide& local, const Patience& patience);

}  // namespace mqtt_native::net
