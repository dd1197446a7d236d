#include <arpa/inet.h>

#include <array>

#include "net/proxy/proxy_handshake.hpp"

namespace mqtt_native::net::proxy {

namespace {

constexpr uint8_t version = 5;
constexpr uint8_t authentication_version = 1;
constexpr uint8_t connect_command = 1;
constexpr uint8_t succeeded = 0;
constexpr size_t max_text_size = 255;  // the length is one byte

enum Method : uint8_t { no_authentication = 0, username_and_password = 2, none_acceptable = 0xFF };
enum AddressType : uint8_t { ipv4 = 1, domain_name = 3, ipv6 = 4 };

std::string_view words_for(uint8_t reply) {
  constexpr auto words = std::to_array<std::string_view>(
      {"succeeded", "general SOCKS server failure", "connection not allowed by ruleset",
       "network unreachable", "host unreachable", "connection refused", "TTL expired",
       "command not supported", "address type not supported"});
  return reply < words.size() ? words[reply] : std::string_view("unassigned reply code");
}

void append_byte(std::string& bytes, size_t value) {
  bytes.push_back(static_cast<char>(value));
}

void append_text(std::string& bytes, std::string_view text) {
  append_byte(bytes, text.size());
  bytes.append(text);
}

template <typename Binary>
bool append_address(std::string& bytes, AddressType type, int family, const std::string& host) {
  Binary address{};
  if (::inet_pton(family, host.c_str(), &address) != 1) return false;
  append_byte(bytes, type);
  bytes.append(reinterpret_cast<const char*>(&address), sizeof address);
  return true;
}

std::string request_for(const Destination& destination) {
  std::string request;
  for (const uint8_t byte : {version, connect_command, uint8_t{0}}) append_byte(request, byte);
  if (!append_address<in_addr>(request, ipv4, AF_INET, destination.host) &&
      !append_address<in6_addr>(request, ipv6, AF_INET6, destination.host)) {
    append_byte(request, domain_name);
    append_text(request, destination.host);
  }
  append_uint16(request, destination.port);
  return request;
}

std::optional<base::Failure> receive_answer(ProxyHandshake& handshake, uint8_t expected_version,
                                            uint8_t& answer) {
  // The version is checked first: a peer with another protocol may send nothing more.
  if (auto failure = handshake.receive({&answer, 1})) return failure;
  if (answer != expected_version)
    return handshake.malformed("does not speak SOCKS5: its reply begins with " + hexadecimal(answer));
  return handshake.receive({&answer, 1});
}

std::optional<base::Failure> authenticate(ProxyHandshake& handshake) {
  const Proxy& proxy = handshake.proxy();
  std::string request;
  append_byte(request, authentication_version);
  append_text(request, proxy.username);
  append_text(request, proxy.password);
  if (auto failure = handshake.send(request)) return failure;
  uint8_t status = 0;
  if (auto failure = receive_answer(handshake, authentication_version, status)) return failure;
  if (status == succeeded) return std::nullopt;
  return handshake.unauthenticated("rejected the user name or the password");
}

std::optional<base::Failure> agree_on_method(ProxyHandshake& handshake) {
  const bool has_credentials = handshake.has_credentials();
  std::string greeting;
  append_byte(greeting, version);
  append_text(greeting, has_credentials ? std::string_view("\0\2", 2) : std::string_view("\0", 1));
  if (auto failure = handshake.send(greeting)) return failure;
  uint8_t method = 0;
  if (auto failure = receive_answer(handshake, version, method)) return failure;
  if (method == no_authentication) return std::nullopt;
  if (method == username_and_password && has_credentials) return authenticate(handshake);
  if (method == none_acceptable)
    return handshake.unauthenticated(has_credentials ? "accepts no authentication by user name and password"
                                                     : "wants authentication");
  return handshake.malformed("chose a way to authenticate that was not offered: " + hexadecimal(method));
}

/** Receives the rest of a successful reply: the address that the proxy connects from, which is not used. */
std::optional<base::Failure> pass_over_address(ProxyHandshake& handshake) {
  std::array<uint8_t, 2> head{};  // a reserved byte, the type
  if (auto failure = handshake.receive(head)) return failure;
  uint8_t size = 0;
  switch (head[1]) {
    case ipv4:
      size = sizeof(in_addr);
      break;
    case ipv6:
      size = sizeof(in6_addr);
      break;
    case domain_name:
      if (auto failure = handshake.receive({&size, 1})) return failure;
      break;
    default:
      return handshake.malformed("sent an unknown SOCKS5 address type: " + hexadecimal(head[1]));
  }
  std::array<uint8_t, max_text_size + sizeof(uint16_t)> address{};
  return handshake.receive(std::span(address).first(size + sizeof(uint16_t)));
}

}  // namespace

std::optional<base::Failure> connect_socks5(ProxyHandshake& handshake) {
  const Proxy& proxy = handshake.proxy();
  if (proxy.username.size() > max_text_size || proxy.password.size() > max_text_size)
    return handshake.unauthenticated("cannot be told a user name or password of more than 255 bytes");
  if (handshake.destination().host.size() > max_text_size)
    return handshake.refused("SOCKS5 has no host names of more than 255 bytes");
  if (auto failure = agree_on_method(handshake)) return failure;
  if (auto failure = handshake.send(request_for(handshake.destination()))) return failure;
  uint8_t reply = succeeded;
  if (auto failure = receive_answer(handshake, version, reply)) return failure;
  if (reply != succeeded)
    return handshake.refused(std::string(words_for(reply)) + " (" + std::to_string(reply) + ")");
  return pass_over_address(handshake);
}

}  // namespace mqtt_native::net::proxy
