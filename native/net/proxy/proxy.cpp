#include "net/proxy/proxy.hpp"

#include "net/proxy/http_connect.hpp"
#include "net/proxy/negotiation.hpp"
#include "net/proxy/socks4.hpp"
#include "net/proxy/socks5.hpp"

namespace mqtt_native::net::proxy {

std::optional<Failure> connect_through(Stream& stream, const Proxy& proxy, const Destination& destination,
                                       const Patience& patience) {
  Negotiation negotiation(stream, proxy, destination, patience);
  switch (proxy.kind) {
    case Proxy::Kind::socks4:
      return connect_socks4(negotiation);
    case Proxy::Kind::socks5:
      return connect_socks5(negotiation);
    case Proxy::Kind::http:
      return connect_http(negotiation);
  }
  return std::nullopt;
}

}  // namespace mqtt_native::net::proxy
