#include "net/tls/sessions.hpp"

#include <utility>

namespace mqtt_native::net::tls {

void Sessions::keep(Session session, const std::string& peer) {
  const std::lock_guard lock(mutex_);
  session_ = std::move(session);
  peer_ = peer;
}

Session Sessions::take(const std::string& peer) {
  const std::lock_guard lock(mutex_);
  if (!session_ || peer != peer_) return nullptr;
  if (SSL_SESSION_get_protocol_version(session_.get()) >= TLS1_3_VERSION) return std::move(session_);
  SSL_SESSION_up_ref(session_.get());
  return Session(session_.get());
}

}  // namespace mqtt_native::net::tls
