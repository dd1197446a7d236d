#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "net/tls/openssl.hpp"

namespace mqtt_native::net::tls {

/**
 * The latest session of a context, for resumption with the same peer. It is kept as bytes, so that
 * connections on different threads share no OpenSSL object.
 */
class SessionCache {
 public:
  void keep(SSL_SESSION* session, const std::string& peer);  // any
  /** Returns a session with this peer, or nothing. A TLS 1.3 ticket is returned once, as RFC 8446 asks. */
  Session take(const std::string& peer);  // dial

 private:
  std::mutex mutex_;
  std::vector<unsigned char> bytes_;
  bool is_good_once_ = false;
  std::string peer_;
};

}  // namespace mqtt_native::net::tls
