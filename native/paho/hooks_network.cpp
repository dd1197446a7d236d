// Answers Paho's socket calls. The linker turns each call of `name` in Paho's archive into `__wrap_name`;
// Paho itself is unmodified. native/paho/paho.cmake lists the names, and fails when the archive calls
// something it does not know.

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>
#include <chrono>
#include <span>

#include "base/parts.hpp"
#include "paho/adapter.hpp"

using mqtt_native::paho::Adapter;
using mqtt_native::paho::FakeSockets;
using mqtt_native::paho::PahoControlPlane;

namespace {

FakeSockets& sockets() {
  return Adapter::instance().sockets();
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
 * Reports a pending connect: Paho mishandles an immediate success in all but the plainest case
 * (MQTTProtocolOut.c:334).
 */
int __wrap_connect(int descriptor, const sockaddr* address, socklen_t) {
  PahoControlPlane* const control_plane = Adapter::instance().find(*address);
  if (control_plane == nullptr) {
    errno = ECONNREFUSED;
    return -1;
  }
  control_plane->on_attached(descriptor);
  errno = EINPROGRESS;
  return -1;
}

int __wrap_getsockopt(int, int, int, void* value, socklen_t* size) {
  *static_cast<int*>(value) = 0;  // SO_ERROR: the session has been dialed already
  *size = sizeof(int);
  return 0;
}

/** Accepts buffer sizes, which have no effect. */
int __wrap_setsockopt(int, int, int, const void*, socklen_t) {
  return 0;
}

/**
 * Paho 1.3.16 and later poll a pair of sockets along with the others, to wake themselves. Attaching a
 * descriptor wakes the poll by itself. But without the pair Paho would not rest while it has no sockets.
 */
int __wrap_socketpair(int, int, int, int* pair) {
  pair[0] = pair[1] = FakeSockets::silent;
  return 0;
}

/** Accepts writes to that pair. */
ssize_t __wrap_send(int, const void*, size_t size, int) {
  return static_cast<ssize_t>(size);
}

int __wrap_getpeername(int, sockaddr*, socklen_t*) {
  errno = ENOTCONN;  // asked for log lines only
  return -1;
}

/** Paho polls for writing without waiting, then for reading, with one array each (Socket.c:538, 547). */
int __wrap_poll(pollfd* entries, nfds_t count, int timeout) {
  const std::span all(entries, count);
  if (count > 0 && entries[0].events == POLLOUT) return sockets().poll_writable(all);
  return Adapter::instance().poll_readable(all, timeout);
}

ssize_t __wrap_recv(int descriptor, void* into, size_t size, int) {
  if (PahoControlPlane* const control_plane = sockets().find(descriptor))
    return control_plane->read(into, size);
  errno = ENOTCONN;
  return -1;
}

ssize_t __wrap_writev(int descriptor, const iovec* parts, int count) {
  const std::span packet(parts, static_cast<size_t>(count));
  sockets().on_written(descriptor);
  if (PahoControlPlane* const control_plane = sockets().find(descriptor)) control_plane->write(packet);
  return static_cast<ssize_t>(mqtt_native::base::total_size(packet));  // whole: partial writes lose packets
}

int __wrap_shutdown(int, int) {
  return 0;
}

int __wrap_close(int descriptor) {
  if (!FakeSockets::owns(descriptor)) return 0;
  if (PahoControlPlane* const control_plane = sockets().find(descriptor))
    control_plane->on_closed();
  else
    sockets().close(descriptor);
  return 0;
}

/** Paho's receive thread sleeps when it has no sockets, and when none had anything. */
int __wrap_usleep(useconds_t microseconds) {
  Adapter::instance().sleep(std::chrono::microseconds(microseconds));
  return 0;
}

/** Paho reads http_proxy and the names of trace files (MQTTProtocolOut.c:233, Log.c:149). It must not. */
char* __wrap_getenv(const char*) {
  return nullptr;
}
}
