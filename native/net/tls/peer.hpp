#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/failure.hpp"
#include "net/tls/openssl.hpp"
#include "net/tls/session_cache.hpp"

namespace mqtt_native::net::tls {

/**
 * Whom a connection is with: the name that the peer must prove, what was wrong with its proof, and the
 * sessions to be resumed with it. It must outlive the SSL object that knows it.
 */
class Peer {
 public:
  /** `name`: of the host, or an address. `asked`: what to ask for in the handshake; empty: nothing. */
  Peer(std::string name, std::string asked, std::shared_ptr<SessionCache> sessions);

  /** Prepares a context for connections that know their peers. */
  static void configure(SSL_CTX* context);
  /** Makes a new connection one with this peer. Says why it cannot be. */
  [[nodiscard]] std::optional<base::Failure> attach(SSL* ssl, bool verify, bool verify_name);

  [[nodiscard]] const std::string& name() const { return name_; }
  /** Why the peer was not believed. After a handshake that failed. */
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
      X509_V_OK;  // the last one of the chain, as Node reports it; a wrong name comes after all others
  bool is_other_ = false;
  std::string culprit_;  // the subject of the certificate with that error
  std::optional<base::Failure> verify_error_;
};

}  // namespace mqtt_native::net::tls
