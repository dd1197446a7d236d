#include "net/address.hpp"

#include <netdb.h>
#include <netinet/in.h>

#include <array>
#include <cstring>

namespace mqtt_native::net {

Address::Address(const addrinfo& info) : size_(info.ai_addrlen) {
  std::memcpy(&storage_, info.ai_addr, info.ai_addrlen);
}

std::string Address::host() const {
  std::array<char, NI_MAXHOST> host{};
  if (::getnameinfo(data(), size(), host.data(), host.size(), nullptr, 0, NI_NUMERICHOST) != 0) return "?";
  return host.data();
}

std::string Address::text() const {
  const bool is_ipv6 = family() == AF_INET6;
  const in_port_t port = is_ipv6 ? reinterpret_cast<const sockaddr_in6*>(&storage_)->sin6_port
                                 : reinterpret_cast<const sockaddr_in*>(&storage_)->sin_port;
  return host_and_port(host(), ntohs(port));
}

std::string host_and_port(const std::string& host, uint16_t port) {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return (is_ipv6 ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

}  // namespace mqtt_native::net
