#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/failure.hpp"
#include "net/blocking_io.hpp"
#include "net/proxy/proxy.hpp"

namespace mqtt_native::net::proxy {

/** The common part of all proxy protocols: the peer, the destination, and the wording of failures. */
class ProxyHandshake {
 public:
  ProxyHandshake(Stream& stream, const Proxy& proxy, const Destination& destination,
                 const ConnectDeadline& deadline);

  [[nodiscard]] const Proxy& proxy() const { return proxy_; }
  [[nodiscard]] const Destination& destination() const { return destination_; }
  [[nodiscard]] bool has_credentials() const { return !proxy_.username.empty() || !proxy_.password.empty(); }

  BlockingIo& io() { return io_; }
  std::optional<base::Failure> send(std::string_view bytes) { return io_.send(bytes); }
  std::optional<base::Failure> receive(std::span<uint8_t> into) {
    return io_.receive(std::as_writable_bytes(into));
  }

  /** The failure if the proxy refuses to connect, for this reason. */
  [[nodiscard]] base::Failure refused(std::string_view reason) const;
  /** The failure if the proxy rejects the credentials. `did`: “rejected the user name or the password”. */
  [[nodiscard]] base::Failure unauthenticated(std::string_view did) const;
  /** The failure if the proxy breaks its protocol. `did`: “sent …”. */
  [[nodiscard]] base::Failure malformed(std::string_view did) const;

 private:
  [[nodiscard]] std::string name() const;

  const Proxy& proxy_;
  const Destination& destination_;
  BlockingIo io_;
};

/** `0x5B` */
std::string hexadecimal(uint8_t byte);

/** Appends a 16-bit number, such as a port, in network byte order. */
void append_uint16(std::string& bytes, uint16_t value);

/** HTTP's CONNECT (RFC 9110, section 9.3.6), with Basic authentication (RFC 7617). */
std::optional<base::Failure> connect_http(ProxyHandshake& handshake);

/** SOCKS4 for an IPv4 address, SOCKS4a for anything else. It has a user name, but no password. */
std::optional<base::Failure> connect_socks4(ProxyHandshake& handshake);

/** SOCKS5 (RFC 1928), without authentication or with user name and password (RFC 1929). */
std::optional<base::Failure> connect_socks5(ProxyHandshake& handshake);

}  // namespace mqtt_native::net::proxy
