#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/failure.hpp"
#include "net/tls/openssl.hpp"

namespace mqtt_native::net::tls {

/** The latest session of a context, as bytes, so that threads share no object of OpenSSL. */
class SessionCache {
 public:
  void keep(SSL_SESSION* session, const std::string& peer) {  // any
    const int size = i2d_SSL_SESSION(session, nullptr);
    if (size <= 0) return;
    std::vector<unsigned char> bytes(static_cast<size_t>(size));
    unsigned char* end = bytes.data();
    i2d_SSL_SESSION(session, &end);
    const std::lock_guard lock(mutex_);
    bytes_ = std::move(bytes);
    is_good_once_ = SSL_SESSION_get_protocol_version(session) >= TLS1_3_VERSION;
    peer_ = peer;
  }

  /** Returns a session with this peer, or nothing. A TLS 1.3 ticket is returned once, as RFC 8446 asks. */
  Session take(const std::string& peer) {  // dial
    std::vector<unsigned char> bytes;
    {
      const std::lock_guard lock(mutex_);
      if (peer != peer_) return nullptr;
      bytes = is_good_once_ ? std::exchange(bytes_, {}) : bytes_;
    }
    const unsigned char* begin = bytes.data();
    return Session(bytes.empty() ? nullptr
                                 : d2i_SSL_SESSION(nullptr, &begin, static_cast<long>(bytes.size())));
  }

 private:
  std::mutex mutex_;
  std::vector<unsigned char> bytes_;
  bool is_good_once_ = false;
  std::string peer_;
};

/** The peer of a connection: its name, verification error and sessions. It outlives its SSL object. */
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
