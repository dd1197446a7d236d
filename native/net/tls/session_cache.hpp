#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "net/tls/openssl.hpp"

namespace mqtt_native::net::tls {

/**
 * The latest session of a context, to be resumed with the peer it was begun with. It is kept as bytes, so
 * that no two connections, on threads of their own, share an object of OpenSSL's.
 */
class SessionCache {
 public:
  void keep(SSL_SESSION* session, const std::string& peer);  // any
  /** Nothing when there is none with this peer. A ticket of TLS 1.3 is given out once, as RFC 8446 asks. */
  Session take(const std::string& peer);  // dial

 private:
  std::mutex mutex_;
  std::vector<unsigned char> bytes_;
  bool is_good_once_ = false;
  std::string peer_;
};

}  // namespace mqtt_native::net::tls
