// Answers Paho's calls of the system and of its own helpers. The linker turns each call of `name` in Paho's
// archive into `__wrap_name`; Paho itself is unmodified. native/paho/paho.cmake lists the names, and fails
// when the archive calls something it does not know.

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>

#include "base/parts.hpp"
#include "paho/adapter.hpp"

using mqtt_native::paho::Adapter;
using mqtt_native::paho::FakeSockets;
using mqtt_native::paho::PahoControlPlane;

extern "C" const char* Messages_get(int number, int level);  // Messages.c: the texts that have numbers

namespace {

FakeSockets& sockets() {
  return Adapter::instance().sockets();
}

/** Paho's own default (Log.h: TRACE_MINIMUM). Below it are the calls of its own functions. */
constexpr int min_level = 3;
constexpr size_t max_line = 512;  // bytes

/** Payloads do not belong in a log. Paho's texts have theirs at the end. */
std::string_view without_payload(const char* format) {
  const std::string_view text(format);
  return text.substr(0, text.find(": %.*s"));
}

}  // namespace

extern "C" {

// ---- the network ----

int __wrap_socket(int, int, int) {
  return sockets().open();
}

int __wrap_fcntl(int, int, ...) {
  return 0;
}

/** Reports a pending connect: Paho mishandles most immediate successes (MQTTProtocolOut.c:334). */
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

// ---- threads ----

/** Paho does not look at the result, and would wait for ever for a thread that could not be started. */
int __wrap_pthread_create(pthread_t*, const pthread_attr_t*, void* (*run)(void*), void* argument) {
  Adapter::instance().start_thread([run, argument] { run(argument); });
  return 0;
}

/** Keeps a signal that comes while nobody waits. Paho's own condition variable would lose it. */
int __wrap_pthread_cond_signal(pthread_cond_t*) {
  Adapter::instance().runtime().signal();
  return 0;
}

/** Paho 1.3.16 and later use this instead. */
int __wrap_pthread_cond_broadcast(pthread_cond_t*) {
  Adapter::instance().runtime().signal();
  return 0;
}

/**
 * Paho's send thread is out of commands. The wait always ends as one that took too long. Otherwise Paho
 * 1.3.16 and later would wait on until there are commands, and look at no timers.
 */
int __wrap_pthread_cond_timedwait(pthread_cond_t*, pthread_mutex_t* mutex, const timespec*) {
  pthread_mutex_unlock(mutex);
  Adapter::instance().run_sessions();
  pthread_mutex_lock(mutex);
  return ETIMEDOUT;
}

// ---- memory ----

// Paho's debugging heap enters each allocation into a tree behind a lock. Memory is zeroed: Paho forgets to
// initialise members of some structures, such as the properties of a CONNACK that has none
// (MQTTPacketOut.c:178).

/** Never allocates zero bytes: Paho takes null for a failure. */
void* __wrap_mymalloc(char*, int, size_t size) {
  return std::calloc(1, std::max<size_t>(size, 1));
}

void* __wrap_myrealloc(char*, int, void* memory, size_t size) {
  return std::realloc(memory, std::max<size_t>(size, 1));
}

void __wrap_myfree(char*, int, void* memory) {
  std::free(memory);
}

// ---- the trace, which Paho would format although nobody listens ----

/** An explicit text precedes the one that the number stands for. */
void __wrap_Log(int level, int number, const char* text, ...) {
  mqtt_native::session::Trace& trace = Adapter::instance().runtime().trace();
  if (!trace.is_wanted() || level < min_level) return;
  if (text == nullptr) text = Messages_get(number, level);
  if (text == nullptr) return;
  const std::string_view kept = without_payload(text);
  std::array<char, max_line> format{};
  std::array<char, max_line> line{};
  if (kept.size() >= format.size()) return;
  std::memcpy(format.data(), kept.data(), kept.size());
  va_list values;
  va_start(values, text);
  const int size = std::vsnprintf(line.data(), line.size(), format.data(), values);
  va_end(values);
  if (size > 0) trace.write({line.data(), std::min(static_cast<size_t>(size), line.size() - 1)});
}

void __wrap_StackTrace_entry(const char*, int, int) {}
void __wrap_StackTrace_exit(const char*, int, void*, int) {}
}
