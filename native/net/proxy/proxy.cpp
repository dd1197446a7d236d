#include "net/proxy/proxy.hpp"

#include "net/proxy/protocols.hpp"
#include "net/proxy/proxy_handshake.hpp"

namespace mqtt_native::net::proxy {

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
