#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/failure.hpp"
#include "net/tls/openssl.hpp"
#include "net/tls/session_cache.hpp"

namespace mqtt_native::net::tls {

/**
 * The peer of a connection: the name to verify, the verification error, and the sessions for resumption. It
 * must outlive its SSL object.
 */
class Peer {
 public:
  /** `name`: a host name or an address. `asked`: the name for SNI; empty: none. */
  Peer(std::string name, std::string asked, std::shared_ptr<SessionCache> sessions);

  /** Sets the callbacks of a context whose connections have peers. */
  static void configure(SSL_CTX* context);
  /** Attaches the peer to a new connection. Returns a failure if it cannot. */
  [[nodiscard]] std::optional<base::Failure> attach(SSL* ssl, bool verify, bool verify_name);

  [[nodiscard]] const std::string& name() const { return name_; }
  /** The verification failure, after a failed handshake. */
  [[nodiscard]] const std::optional<base::Failure>& verify_error() const { return verify_error_; }

 private:
  static Peer& of(const SSL* ssl) { return *static_cast<Peer*>(SSL_get_app_data(ssl)); }
  static int keep_session(SSL* ssl, SSL_SESSION* session);
  static int verify(X509_STORE_CTX* verification, void* unused);
  static int note(int is_good, X509_STORE_CTX* verification);

  void record_verify_result(X509_STORE_CTX* verification);

  const std::string name_;
  const std::string asked_;
  const std::shared_ptr<SessionCache> sessions_;
  int error_ =
      X509_V_OK;  // the last error of the chain, as Node reports it; a wrong name ranks below all others
  bool is_other_ = false;
  std::string culprit_;  // the subject of the certificate with that error
  std::optional<base::Failure> verify_error_;
};

}  // namespace mqtt_native::net::tls
