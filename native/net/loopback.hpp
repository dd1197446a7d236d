#pragma once

namespace mqtt_native::net {

/**
 * Prepares a new socket of TCP whose peer is on this machine. What TCP does on its own is meant for networks,
 * and costs without one. Where the system does not allow it, the socket stays as it is.
 */
void prepare_for_loopback(int socket);

}  // namespace mqtt_native::net
