#pragma once

#include <cstddef>

namespace mqtt_native::net {

// What TCP does on its own is meant for networks, and costs where there is none: between processes of one
// machine. Where the system does not allow these, a socket stays as it is.

/**
 * Some congestion controls pace: they let a timer send each segment (BBR). There is nothing to be found out
 * about a path that does not exist. For a new socket.
 */
void do_not_pace(int socket);

/** A read that brings so much may be followed by more than can be read. */
constexpr size_t large_read = 32 * 1024;

/**
 * Keeps the queue of what has come from growing deep. Nothing is under way between the two ends, so depth
 * brings nothing. But Linux lets it grow with what is read (net.ipv4.tcp_rmem, to 32 MiB in 6.18), within
 * milliseconds, until the caches do not hold it: then both ends copy cold memory. Where there is room for
 * more already, that is left alone: what is under way would be thrown away, and sent again a fifth of a
 * second later.
 */
void bound_queue(int socket);

}  // namespace mqtt_native::net
