#pragma once

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "net/tls/openssl.hpp"

namespace mqtt_native::net::tls {

/**
 * The latest session of a context, for resumption with the same peer. It is kept as bytes, so that
 * connections on different threads share no OpenSSL object.
 */
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

}  // namespace mqtt_native::net::tls
