#include "net/address.hpp"

#include <netdb.h>

#include <array>
#include <cstring>

namespace mqtt_native::net {

Address::Address(const addrinfo& info) : size_(info.ai_addrlen) {
  std::memcpy(&storage_, info.ai_addr, info.ai_addrlen);
}

std::string Address::text() const {
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  if (::getnameinfo(data(), size(), host.data(), host.size(), port.data(), port.size(),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
    return "?";
  if (family() == AF_INET6) return '[' + std::string(host.data()) + "]:" + port.data();
  return std::string(host.data()) + ':' + port.data();
}

}  // namespace mqtt_native::net
