#pragma once

#include <memory>
#include <string>

#include "transport.hpp"

struct ssl_ctx_st;
struct ssl_st;

namespace stand_in {

/** The side of TLS that has the certificate: one for 127.0.0.1, made anew, and signed by itself. */
class TlsServer {
 public:
  TlsServer();
  ~TlsServer();
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  /** What clients have to trust. */
  [[nodiscard]] const std::string& certificate() const { return certificate_; }
  /** TLS on a connection that was accepted; owns the socket. */
  std::unique_ptr<Transport> accept(int socket);

 private:
  ssl_ctx_st* const context_;
  std::string certificate_;  // PEM
};

}  // namespace stand_in
