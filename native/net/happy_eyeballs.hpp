#pragma once

#include <vector>

#include "net/address.hpp"
#include "net/connect_deadline.hpp"
#include "net/local_endpoint.hpp"
#include "net/stream.hpp"

namespace mqtt_native::net {

/**
 * Connects to the first of these addresses of one host that answers. The next one is tried when an earlier
 * attempt has failed or has taken 250 ms (RFC 8305, section 5).
 */
DialResult happy_eyeballs(std::vector<Address> addresses, const LocalEndpoint& local,
                          const ConnectDeadline& deadline);

}  // namespace mqtt_native::net
