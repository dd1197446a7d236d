#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "net/tls/openssl.hpp"
#include "net/tls/transit.hpp"

namespace mqtt_native::net::tls {

/** Both ends of the ciphertext of one connection, where OpenSSL takes and leaves it. It never waits. */
struct Ciphertext {
  std::span<const std::byte>
      incoming{};  // while it is lent for a call; what is left of it is still to be taken
  Transit outgoing{};
  uint64_t produced = 0;  // bytes that have ever been added to `outgoing`

  /** Gives a new connection these ends, which must outlive it. */
  void connect(SSL* ssl);
};

}  // namespace mqtt_native::net::tls
