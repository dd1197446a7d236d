#include "net/tls/openssl.hpp"

#include <mutex>

namespace mqtt_native::net::tls {

void initialize_openssl() {
  static std::once_flag once;
  std::call_once(once, [] {
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, nullptr);
    OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
  });
}

}  // namespace mqtt_native::net::tls
