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

/** How a server of the tests speaks TLS. */
struct ServerOptions {
  const Issued* identity = nullptr;
  std::vector<const Issued*> chain{};
  const Issued* client_authority = nullptr;  // demand certificates that it has issued
  int version = 0;                           // the only one; zero: TLS 1.2 and 1.3
  std::string protocol{};                    // to select by ALPN
  size_t largest_record = 0;
};

net::tls::SslContext server_context(const ServerOptions& options);

/**
 * The server's end of a connection, in the same thread: it takes a step whenever the client reads, and what
 * lies between the two can be cut, held up and broken at any byte.
 */
class TlsPeer {
 public:
  explicit TlsPeer(SSL_CTX* context);
  ~TlsPeer();
  TlsPeer(const TlsPeer&) = delete;
  TlsPeer& operator=(const TlsPeer&) = delete;

  /** What the client lays TLS upon. The peer must outlive it. */
  std::unique_ptr<net::Stream> stream();

  void send(const mqtt::Bytes& content);
  /** All that has come; stops at an error, which it returns: SSL_ERROR_WANT_READ when there is no more. */
  int receive();
  [[nodiscard]] SSL* ssl() const { return ssl_.get(); }

  mqtt::Bytes received;               // by the server, decrypted
  size_t records = 0;                 // in how many reads
  size_t writable = SIZE_MAX;         // bytes of ciphertext that the client may still write
  size_t write_at_most = SIZE_MAX;    // in one call
  size_t readable = SIZE_MAX;         // bytes that the client may still read; then it is as if none came
  size_t read_at_most = SIZE_MAX;     // in one call
  std::optional<size_t> cut_after{};  // bytes from the server, then the end
  int read_error = 0;                 // with which `cut_after` ends; zero: in order
  int write_error = 0;
  bool finished = false;    // the client's side of the stream below TLS
  bool delays_ack = false;  // likewise
  size_t writes = 0;
  mqtt::Bytes to_client;  // ciphertext on its way
  size_t passed = 0;      // bytes of it that the client has read

 private:
  class Wire;

  void step();

  net::tls::Ssl ssl_;
};

}  // namespace mqtt_native::test
