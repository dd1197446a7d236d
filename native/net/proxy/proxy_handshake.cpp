#include "net/proxy/proxy_handshake.hpp"

#include "net/address.hpp"

namespace mqtt_native::net::proxy {

ProxyHandshake::ProxyHandshake(Stream& stream, const Proxy& proxy, const Destination& destination,
                               const ConnectDeadline& deadline)
    : proxy_(proxy),
      destination_(destination),
      io_(stream, deadline,
          "asking the proxy " + host_and_port(proxy.host, proxy.port) + " to connect to " +
              host_and_port(destination.host, destination.port)) {}

base::Failure ProxyHandshake::refused(std::string_view reason) const {
  return {"PROXY_REFUSED", name() + " did not connect to " +
                               host_and_port(destination_.host, destination_.port) + ": " +
                               std::string(reason)};
}

base::Failure ProxyHandshake::unauthenticated(std::string_view did) const {
  return {"PROXY_AUTHENTICATION_FAILED", name() + " " + std::string(did)};
}

base::Failure ProxyHandshake::malformed(std::string_view did) const {
  return {"PROXY_PROTOCOL_ERROR", name() + " " + std::string(did)};
}

std::string ProxyHandshake::name() const {
  return "The proxy " + host_and_port(proxy_.host, proxy_.port);
}

std::string hexadecimal(uint8_t byte) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  return {'0', 'x', digits[byte >> 4], digits[byte & 0x0F]};
}

void append_uint16(std::string& bytes, uint16_t value) {
  bytes.push_back(static_cast<char>(value >> 8));
  bytes.push_back(static_cast<char>(value & 0xFF));
}

std::optional<base::Failure> connect_through(Stream& stream, const Proxy& proxy,
                                             const Destination& destination,
                                             const ConnectDeadline& deadline) {
  ProxyHandshake handshake(stream, proxy, destination, deadline);
  switch (proxy.kind) {
    case Proxy::Kind::socks4:
      return connect_socks4(handshake);
    case Proxy::Kind::socks5:
      return connect_socks5(handshake);
    case Proxy::Kind::http:
      return connect_http(handshake);
  }
  return std::nullopt;
}

}  // namespace mqtt_native::net::proxy
