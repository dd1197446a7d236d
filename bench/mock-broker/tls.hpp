#pragma once

#include <memory>
#include <string>

#include "transport.hpp"

struct ssl_ctx_st;
struct ssl_st;

namespace mock_broker {

/** The server side of TLS, with a new self-signed certificate for 127.0.0.1. */
class TlsServer {
 public:
  TlsServer();
  ~TlsServer();
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  /** The certificate that clients must trust. */
  [[nodiscard]] const std::string& certificate() const { return certificate_; }
  /** Makes a TLS transport on an accepted connection. It owns the socket. */
  std::unique_ptr<Transport> accept(int socket);

 private:
  ssl_ctx_st* const context_;
  std::string certificate_;  // PEM
};

}  // namespace mock_broker
