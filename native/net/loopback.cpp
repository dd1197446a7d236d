#include "net/loopback.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <string_view>

namespace mqtt_native::net {

namespace {

#ifdef SO_BUF_LOCK
constexpr int buffer_lock = SO_BUF_LOCK;
#else
constexpr int buffer_lock = 72;  // Linux 5.15; older headers do not have it
#endif

/**
 * Nothing is under way between processes of one machine, so a deep queue of what has come brings nothing.
 * Linux lets it grow to 32 MiB (6.18; before, 6), which is more than the caches hold: both sides copy cold
 * memory then.
 */
constexpr int receive_buffer = 1024 * 1024;

/** Reno does not pace, and may be chosen by everybody (tcp_allowed_congestion_control in tcp(7)). */
constexpr std::string_view without_pacing = "reno";

/**
 * Some congestion controls pace: they let a timer send each segment (BBR). There is nothing to be found out
 * about a path that does not exist.
 */
void do_not_pace(int socket) {
  ::setsockopt(socket, IPPROTO_TCP, TCP_CONGESTION, without_pacing.data(), without_pacing.size());
}

/**
 * The system may limit it to less (net.core.rmem_max, 208 KiB before Linux 6.18), which would be too little
 * for large messages. Then it is left to the system again, as it was.
 */
void limit_receive_buffer(int socket) {
  int lock = 0;
  socklen_t size = sizeof lock;
  if (::getsockopt(socket, SOL_SOCKET, buffer_lock, &lock, &size) != 0) return;
  ::setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  int given = 0;
  size = sizeof given;
  ::getsockopt(socket, SOL_SOCKET, SO_RCVBUF, &given, &size);
  // Linux doubles what is asked for, for its own bookkeeping: socket(7).
  if (given < 2 * receive_buffer) ::setsockopt(socket, SOL_SOCKET, buffer_lock, &lock, sizeof lock);
}

}  // namespace

void prepare_for_loopback(int socket) {
  do_not_pace(socket);
  limit_receive_buffer(socket);
}

}  // namespace mqtt_native::net
