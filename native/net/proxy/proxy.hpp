#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/failure.hpp"
#include "net/connect_deadline.hpp"
#include "net/stream.hpp"

namespace mqtt_native::net::proxy {

struct Proxy {
  enum class Kind : uint8_t { socks4, socks5, http };

  Kind kind;
  std::string host;
  uint16_t port;
  bool remote_dns = true;  // the proxy resolves the broker's name; otherwise the client does
  std::string username{};  // empty without a password: no authentication
  std::string password{};
};

/** The destination that the proxy must connect to: a name or a numeric address. */
struct Destination {
  std::string host;
  uint16_t port;
};

/** Asks the proxy at the other end to connect to the destination. The stream leads there from then on. */
std::optional<base::Failure> connect_through(Stream& stream, const Proxy& proxy,
                                             const Destination& destination, const ConnectDeadline& deadline);

}  // namespace mqtt_native::net::proxy
