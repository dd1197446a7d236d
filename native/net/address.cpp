#include "net/address.hpp"

#include <netdb.h>

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
  std::array<char, NI_MAXSERV> port{};
  if (::getnameinfo(data(), size(), nullptr, 0, port.data(), port.size(), NI_NUMERICSERV) != 0) return "?";
  const std::string name = host();
  return (family() == AF_INET6 ? '[' + name + ']' : name) + ':' + port.data();
}

}  // namespace mqtt_native::net
