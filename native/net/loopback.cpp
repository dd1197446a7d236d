#include "net/loopback.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <climits>
#include <string_view>

#include "net/file_descriptor.hpp"

namespace mqtt_native::net {

namespace {

/** Reno does not pace, and may be chosen by everybody (tcp_allowed_congestion_control in tcp(7)). */
constexpr std::string_view without_pacing = "reno";

/** Linux takes twice as much, for its own bookkeeping (socket(7)); most of that becomes room for what comes.
 */
constexpr int receive_buffer = 1024 * 1024;

constexpr int taken = 2 * receive_buffer;

void ask_for_receive_buffer(int socket) {
  ::setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
}

int receive_buffer_of(int socket) {
  int size = INT_MAX;
  socklen_t length = sizeof size;
  ::getsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, &length);
  return size;
}

/**
 * The system may have a limit (net.core.rmem_max, 208 KiB in many) that is too little for large messages. So
 * another socket is asked first: what has been set cannot be left to the system again.
 */
bool is_allowed() {
  const FileDescriptor other(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!other) return false;
  ask_for_receive_buffer(other.number());
  return receive_buffer_of(other.number()) == taken;
}

}  // namespace

void do_not_pace(int socket) {
  ::setsockopt(socket, IPPROTO_TCP, TCP_CONGESTION, without_pacing.data(), without_pacing.size());
}

void bound_queue(int socket) {
  if (receive_buffer_of(socket) < taken && is_allowed()) ask_for_receive_buffer(socket);
}

}  // namespace mqtt_native::net
