// Answers Paho's socket calls. The linker turns each call of `name` in Paho's archive into `__wrap_name`;
// Paho itself is unmodified. native/paho/paho.cmake lists the names, and fails when the archive calls
// something it does not know.

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>
#include <chrono>

#include "paho/callbacks.hpp"
#include "paho/engine.hpp"

using mqtt_native::net::Clock;
using mqtt_native::paho::Engine;
using mqtt_native::paho::Sockets;

namespace {

Sockets& sockets() {
  return Engine::instance().sockets();
}

}  // namespace

extern "C" {

int __wrap_socket(int, int, int) {
  return sockets().open();
}

int __wrap_fcntl(int, int, ...) {
  return 0;
}

/**
 * Never completes at once: Paho's handling of that is broken
 * for all but the plainest case (MQTTProtocolOut.c:334).
 */
int __wrap_connect(int descriptor, const sockaddr* address, socklen_t) {
  auto* session = mqtt_native::paho::session_at(address);
  auto connection = session != nullptr ? session->connection() : nullptr;
  if (!connection) {
    errno = ECONNREFUSED;
    return -1;
  }
  sockets().attach(descriptor, std::move(connection));
  errno = EINPROGRESS;
  return -1;
}

int __wrap_getsockopt(int, int, int, void* value, socklen_t* size) {
  *static_cast<int*>(value) = 0;  // SO_ERROR: what is attached has been connected already
  *size = sizeof(int);
  return 0;
}

/** Sizes of buffers that there are none of. */
int __wrap_setsockopt(int, int, int, const void*, socklen_t) {
  return 0;
}

/**
 * From 1.3.16 on, Paho polls a pair of sockets along with the others, to wake itself. What it wakes for,
 * attaching a connection, wakes the poll by itself. But without the pair it would not rest when there are no
 * other sockets.
 */
int __wrap_socketpair(int, int, int, int* pair) {
  pair[0] = pair[1] = Sockets::silent;
  return 0;
}

/** Into that pair. */
ssize_t __wrap_send(int, const void*, size_t size, int) {
  return static_cast<ssize_t>(size);
}

int __wrap_getpeername(int, sockaddr*, socklen_t*) {
  errno = ENOTCONN;  // asked for log lines only
  return -1;
}

/** Paho polls for writing without waiting, then for reading, with one array each (Socket.c:538, 547). */
int __wrap_poll(pollfd* entries, nfds_t count, int timeout) {
  if (count > 0 && entries[0].events == POLLOUT) return sockets().poll_writable(entries, count);
  return sockets().poll_readable(entries, count, timeout);
}

ssize_t __wrap_recv(int descriptor, void* into, size_t size, int) {
  return sockets().read(descriptor, into, size);
}

ssize_t __wrap_writev(int descriptor, const iovec* parts, int count) {
  return sockets().write(descriptor, parts, count);
}

/** What was written leaves first; `close` sees to that. */
int __wrap_shutdown(int, int) {
  return 0;
}

int __wrap_close(int descriptor) {
  if (Sockets::owns(descriptor)) sockets().close(descriptor);
  return 0;
}

/**
 * Paho's receive thread sleeps when it has no sockets, or
 * when none had anything: the latter has waited in poll.
 */
int __wrap_usleep(useconds_t microseconds) {
  sockets().idle(Clock::now() + std::chrono::microseconds(microseconds));
  return 0;
}

/**
 * Paho reads http_proxy and the names of trace files
 * (MQTTProtocolOut.c:233, Log.c:149): neither is its business.
 */
char* __wrap_getenv(const char*) {
  return nullptr;
}
}
