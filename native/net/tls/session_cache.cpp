#include "net/tls/session_cache.hpp"

#include <utility>

namespace mqtt_native::net::tls {

void SessionCache::keep(SSL_SESSION* session, const std::string& peer) {
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

Session SessionCache::take(const std::string& peer) {
  std::vector<unsigned char> bytes;
  {
    const std::lock_guard lock(mutex_);
    if (peer != peer_) return nullptr;
    bytes = is_good_once_ ? std::exchange(bytes_, {}) : bytes_;
  }
  const unsigned char* begin = bytes.data();
  return Session(bytes.empty() ? nullptr : d2i_SSL_SESSION(nullptr, &begin, static_cast<long>(bytes.size())));
}

}  // namespace mqtt_native::net::tls
