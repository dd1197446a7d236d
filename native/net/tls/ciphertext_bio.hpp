#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "net/stream.hpp"
#include "net/tls/buffers.hpp"
#include "net/tls/openssl.hpp"

namespace mqtt_native::net::tls {

/** OpenSSL's BIO of one connection: reads ciphertext, and collects what must be sent. It never waits. */
struct CiphertextBio {
  /** Bytes read at once: four full records with their overhead. */
  static constexpr size_t read_size = 68 * 1024;

  Stream* incoming;                          // read directly into OpenSSL's memory
  bool readable = false;                     // true during calls of the reading thread
  unsigned reads = 0;                        // remaining reads, so that each call ends
  Transfer arrived{Transfer::State::moved};  // the result of the last read
  PooledBuffer outgoing{};
  uint64_t produced = 0;  // total bytes ever added to `outgoing`

  /** Precedes a call. An incomplete record takes two reads: its missing bytes, and the bytes behind it. */
  void allow_reads() {
    reads = 2;
    if (!has_ended()) arrived = {Transfer::State::moved};
  }
  size_t read(std::span<std::byte> into);
  [[nodiscard]] bool has_ended() const {
    return arrived.state == Transfer::State::ended || arrived.state == Transfer::State::failed;
  }

  /** Attaches the BIO to a new connection, which it must outlive. */
  void connect(SSL* ssl);
};

}  // namespace mqtt_native::net::tls
