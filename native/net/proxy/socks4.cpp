#include <arpa/inet.h>

#include <array>

#include "net/proxy/proxy_handshake.hpp"

namespace mqtt_native::net::proxy {

namespace {

constexpr char version = 4;
constexpr char connect_command = 1;
constexpr std::string_view name_follows("\0\0\0\1", 4);  // an invalid address, which announces a name

enum Reply : uint8_t { granted = 90, rejected = 91, no_identd = 92, other_user = 93 };

std::string request_for(const Destination& destination, const std::string& user) {
  in_addr address{};
  const bool is_address = ::inet_pton(AF_INET, destination.host.c_str(), &address) == 1;
  std::string request{version, connect_command};
  append_uint16(request, destination.port);
  if (is_address)
    request.append(reinterpret_cast<const char*>(&address), sizeof address);
  else
    request.append(name_follows);
  request.append(user).push_back('\0');
  if (!is_address) request.append(destination.host).push_back('\0');
  return request;
}

}  // namespace

std::optional<base::Failure> connect_socks4(ProxyHandshake& handshake) {
  const std::string& user = handshake.proxy().username;
  if (user.find('\0') != std::string::npos || handshake.destination().host.find('\0') != std::string::npos)
    return handshake.malformed("cannot be told of what contains a NUL: SOCKS4 ends its texts with one");
  if (auto failure = handshake.send(request_for(handshake.destination(), user))) return failure;
  // The version is checked first: a peer with another protocol may send nothing more.
  std::array<uint8_t, 8> reply{};
  if (auto failure = handshake.receive(std::span(reply).first(1))) return failure;
  if (reply[0] != 0)
    return handshake.malformed("does not speak SOCKS4: its reply begins with " + hexadecimal(reply[0]));
  if (auto failure = handshake.receive(std::span(reply).subspan(1))) return failure;
  switch (reply[1]) {
    case granted:
      return std::nullopt;
    case rejected:
      return handshake.refused("request rejected or failed");
    case no_identd:
      return handshake.unauthenticated("found no identd here that could confirm the user name");
    case other_user:
      return handshake.unauthenticated("was told another user name by the identd here");
    default:
      return handshake.malformed("sent an unknown SOCKS4 reply code: " + std::to_string(reply[1]));
  }
}

}  // namespace mqtt_native::net::proxy
