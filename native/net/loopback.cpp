#include "net/loopback.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <string_view>

#include "net/file_descriptor.hpp"

namespace mqtt_native::net {

namespace {

/** Reno does not pace, and may be chosen by everybody (tcp_allowed_congestion_control in tcp(7)). */
constexpr std::string_view without_pacing = "reno";

/** Linux takes twice as much, for its own bookkeeping (socket(7)); most of that becomes room for what comes.
 */
constexpr int receive_buffer = 1024 * 1024;

int ask_for_receive_buffer(int socket) {
  ::setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  int given = 0;
  socklen_t size = sizeof given;
  ::getsockopt(socket, SOL_SOCKET, SO_RCVBUF, &given, &size);
  return given;
}

/**
 * The system may have a limit (net.core.rmem_max, 208 KiB in many) that is too little for large messages. So
 * another socket is asked first: what has been set cannot be left to the system again.
 */
bool is_allowed() {
  const FileDescriptor other(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return other && ask_for_receive_buffer(other.number()) == 2 * receive_buffer;
}

}  // namespace

void do_not_pace(int socket) {
  ::setsockopt(socket, IPPROTO_TCP, TCP_CONGESTION, without_pacing.data(), without_pacing.size());
}

void bound_queue(int socket) {
  if (is_allowed()) ask_for_receive_buffer(socket);
}

}  // namespace mqtt_native::net
