#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "certificates.hpp"
#include "mqtt/packet.hpp"
#include "net/stream.hpp"

namespace mqtt_native::test {

/** The TLS settings of a test server. */
struct ServerOptions {
  const Issued* identity = nullptr;
  std::vector<const Issued*> chain{};
  const Issued* client_authority = nullptr;  // requires client certificates of this CA
  int version = 0;                           // the only version; zero: TLS 1.2 and 1.3
  std::string protocol{};                    // selected by ALPN
  size_t largest_record = 0;
};

net::tls::SslContext server_context(const ServerOptions& options);

/**
 * The server's end of a connection, in the same thread. It makes a step whenever the client reads. The bytes
 * between client and server can be cut, delayed and broken at any byte.
 */
class TlsPeer {
 public:
  explicit TlsPeer(SSL_CTX* context);
  ~TlsPeer();
  TlsPeer(const TlsPeer&) = delete;
  TlsPeer& operator=(const TlsPeer&) = delete;

  /** Returns the client's inner stream. The peer must outlive it. */
  std::unique_ptr<net::Stream> stream();

  void send(const mqtt::Bytes& content);
  /** Reads all bytes until an error, which it returns: SSL_ERROR_WANT_READ if there are no more. */
  int receive();
  [[nodiscard]] SSL* ssl() const { return ssl_.get(); }

  mqtt::Bytes received;               // decrypted by the server
  size_t records = 0;                 // number of reads for them
  size_t writable = SIZE_MAX;         // ciphertext that the client may still write, bytes
  size_t write_at_most = SIZE_MAX;    // in one call
  size_t readable = SIZE_MAX;         // bytes that the client may still read; then none seem to arrive
  size_t read_at_most = SIZE_MAX;     // in one call
  std::optional<size_t> cut_after{};  // bytes from the server before the end
  int read_error = 0;                 // errno of that end; zero: an orderly end
  int write_error = 0;
  bool finished = false;    // the client has shut down the inner stream
  bool delays_ack = false;  // reported by the inner stream
  size_t writes = 0;
  mqtt::Bytes to_client;  // sent ciphertext
  size_t passed = 0;      // bytes of it that the client has read

 private:
  class Wire;

  void step();

  net::tls::Ssl ssl_;
};

}  // namespace mqtt_native::test
