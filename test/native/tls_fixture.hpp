#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <variant>

#include "bytes.hpp"
#include "net/tls/context.hpp"
#include "tls_peer.hpp"

namespace mqtt_native::test {

/** A CA for tests, and a server certificate for localhost that it has issued. */
inline const Issued& authority() {
  static const Issued issued = issue({.subject = "Test CA", .is_authority = true});
  return issued;
}

inline const Issued& localhost() {
  static const Issued issued = issue({.names = "DNS:localhost,IP:127.0.0.1,IP:::1"}, &authority());
  return issued;
}

/** Makes settings that trust a CA, by default that of the tests. */
inline net::tls::Settings trusting(const std::string& ca_certificates) {
  net::tls::Settings settings;
  settings.ca_certificates = {source(ca_certificates)};
  return settings;
}
inline net::tls::Settings trusting() {
  return trusting(authority().pem());
}

inline net::DialResult secure(net::tls::Context& context, std::unique_ptr<net::Stream> stream,
                              const std::string& host = "localhost",
                              std::chrono::seconds time = std::chrono::seconds(10)) {
  const net::CancellationToken cancel;
  return context.secure(std::move(stream), host, net::ConnectDeadline(base::Clock::now() + time, cancel));
}

inline std::string code_of(const net::DialResult& result) {
  const auto* failure = std::get_if<base::Failure>(&result);
  return failure == nullptr ? "" : failure->code;
}
inline std::string text_of(const net::DialResult& result) {
  const auto* failure = std::get_if<base::Failure>(&result);
  return failure == nullptr ? "" : failure->text;
}

/** Performs a handshake with a server that has this certificate. */
inline net::DialResult meet(const ServerOptions& options, const net::tls::Settings& settings,
                            const std::string& host = "localhost") {
  const auto server = server_context(options);
  TlsPeer peer(server.get());
  net::tls::Context context(settings);
  auto result = secure(context, peer.stream(), host);
  if (auto* stream = std::get_if<std::unique_ptr<net::Stream>>(&result))
    stream->reset();  // the stream must end before the peer
  return result;
}

/** A client and a server after the handshake, and the server's end of the inner stream. */
struct Secured {
  explicit Secured(const ServerOptions& options = {.identity = &localhost()},
                   const net::tls::Settings& settings = trusting())
      : Secured(server_context(options), settings) {}

  Secured(const net::tls::SslContext& server, const net::tls::Settings& settings)
      : peer(server.get()), context(settings), result(secure(context, peer.stream())) {
    INFO(text_of(result));
    REQUIRE(std::holds_alternative<std::unique_ptr<net::Stream>>(result));
    peer.receive();  // the server's end of the handshake
    peer.writes = 0;
  }

  net::Stream& stream() { return *std::get<std::unique_ptr<net::Stream>>(result); }

  net::Transfer write(const mqtt::Bytes& content) {
    const iovec part{const_cast<std::byte*>(content.data()), content.size()};
    return stream().write({&part, 1});
  }

  /** Reads until no more bytes are available. */
  net::Transfer read_all(mqtt::Bytes& into, size_t at_a_time = 64 * 1024) {
    for (bool unblocks = false;;) {
      mqtt::Bytes part(at_a_time);
      net::Transfer transfer = stream().read(part);
      transfer.unblocks = unblocks |= transfer.unblocks;
      into.insert(into.end(), part.begin(), part.begin() + static_cast<ptrdiff_t>(transfer.bytes));
      if (transfer.state != net::Transfer::State::moved) return transfer;
    }
  }

  TlsPeer peer;
  net::tls::Context context;
  net::DialResult result;
};

/** Makes distinguishable bytes. */
inline mqtt::Bytes noise(size_t size) {
  mqtt::Bytes content(size);
  uint32_t state = 1;
  for (std::byte& byte : content) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<std::byte>(state >> 24);
  }
  return content;
}

}  // namespace mqtt_native::test
