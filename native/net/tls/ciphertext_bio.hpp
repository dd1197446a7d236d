#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "net/stream.hpp"
#include "net/tls/openssl.hpp"
#include "net/tls/pooled_buffer.hpp"

namespace mqtt_native::net::tls {

/** Both ends of the ciphertext of one connection, where OpenSSL takes and leaves it. It never waits. */
struct CiphertextBio {
  /** How much is read at once: four full records with all that goes around them. */
  static constexpr size_t read_size = 68 * 1024;

  Stream* incoming;                          // read straight into OpenSSL's memory
  bool readable = false;                     // during calls of the reading thread's
  unsigned reads = 0;                        // how often it may still be read, that no call goes on for ever
  Transfer arrived{Transfer::State::moved};  // what the last read did
  PooledBuffer outgoing{};
  uint64_t produced = 0;  // bytes that have ever been added to `outgoing`

  /** Before a call: a record that is not whole takes a read of what it lacks, and one of what follows. */
  void allow_reads() {
    reads = 2;
    if (!has_ended()) arrived = {Transfer::State::moved};
  }
  size_t read(std::span<std::byte> into);
  /** Whether `arrived` is the last word. */
  [[nodiscard]] bool has_ended() const {
    return arrived.state == Transfer::State::ended || arrived.state == Transfer::State::failed;
  }

  /** Gives a new connection these ends, which must outlive it. */
  void connect(SSL* ssl);
};

}  // namespace mqtt_native::net::tls
