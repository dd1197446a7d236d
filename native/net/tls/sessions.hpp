#pragma once

#include <mutex>
#include <string>

#include "net/tls/openssl.hpp"

namespace mqtt_native::net::tls {

/** The latest session of a context, to be resumed with the peer it was begun with. */
class Sessions {
 public:
  void keep(Session session, const std::string& peer);  // any
  /** Nothing when there is none with this peer. A ticket of TLS 1.3 is given out once, as RFC 8446 asks. */
  Session take(const std::string& peer);  // dial

 private:
  std::mutex mutex_;
  Session session_;
  std::string peer_;
};

}  // namespace mqtt_native::net::tls
