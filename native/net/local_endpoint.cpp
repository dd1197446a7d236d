#include "net/local_endpoint.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "net/address.hpp"

namespace mqtt_native::net {

namespace {

/** A vanished peer is detected within two minutes, by probes or by missing acknowledgements. */
constexpr int idle_before_probes = 60;  // seconds
constexpr int between_probes = 15;      // seconds
constexpr int probes = 4;
constexpr int unacknowledged_limit = 120'000;  // milliseconds

void set(int socket, int level, int name, int value) {
  ::setsockopt(socket, level, name, &value, sizeof value);  // best effort: none of these options is vital
}

void set_defaults(int socket) {
  set(socket, IPPROTO_TCP, TCP_NODELAY, 1);  // writes are coalesced in user space
  set(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(socket, IPPROTO_TCP, TCP_KEEPIDLE, idle_before_probes);
  set(socket, IPPROTO_TCP, TCP_KEEPINTVL, between_probes);
  set(socket, IPPROTO_TCP, TCP_KEEPCNT, probes);
  set(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, unacknowledged_limit);
}

std::optional<base::Failure> bind_to(int socket, int family, const std::string& address, uint16_t port) {
  addrinfo hints{};
  hints.ai_family = family;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  addrinfo* list = nullptr;
  const std::string service = std::to_string(port);
  if (::getaddrinfo(address.empty() ? nullptr : address.c_str(), service.c_str(), &hints, &list) != 0)
    return base::system_failure("bind", EAFNOSUPPORT, host_and_port(address, port));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, ::freeaddrinfo);
  // A fixed local port must be usable again right after the last connection.
  if (port != 0) set(socket, SOL_SOCKET, SO_REUSEADDR, 1);
  if (::bind(socket, list->ai_addr, list->ai_addrlen) == 0) return std::nullopt;
  return base::system_failure("bind", errno, host_and_port(address, port));
}

}  // namespace

bool LocalEndpoint::sets(int level, int name) const {
  return std::any_of(options.begin(), options.end(), [=](const SocketOption& option) {
    return option.level == level && option.name == name;
  });
}

std::optional<base::Failure> LocalEndpoint::prepare(int socket, int family) const {
  const bool is_network = family == AF_INET || family == AF_INET6;
  if (is_network) set_defaults(socket);
  for (const SocketOption& option : options)
    if (::setsockopt(socket, option.level, option.name, option.value.data(),
                     static_cast<socklen_t>(option.value.size())) != 0)
      return base::system_failure(
          "setsockopt", errno, '[' + std::to_string(option.level) + ", " + std::to_string(option.name) + ']');
  if (is_network && is_bound()) return bind_to(socket, family, address, port);
  return std::nullopt;
}

}  // namespace mqtt_native::net
