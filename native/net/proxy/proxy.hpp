#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/failure.hpp"
#include "net/connect_deadline.hpp"
#include "net/stream.hpp"

namespace mqtt_native::net::proxy {

/** Somebody who connects to the broker for us. */
struct Proxy {
  enum class Kind : uint8_t { socks4, socks5, http };

  Kind kind;
  std::string host;
  uint16_t port;
  bool remote_dns =
      true;  // the proxy looks the broker's name up; otherwise we do, and it is given an address
  std::string username{};  // empty, and no password either: no authentication
  std::string password{};
};

/** What the proxy is to connect us to: a name or a numeric address. */
struct Destination {
  std::string host;
  uint16_t port;
};

/**
 * Has the proxy at the other end of the stream connect us to the destination; from then on the stream is one
 * to there. Why it would not, or could not.
 */
std::optional<base::Failure> connect_through(Stream& stream, const Proxy& proxy,
                                             const Destination& destination, const ConnectDeadline& deadline);

}  // namespace mqtt_native::net::proxy
