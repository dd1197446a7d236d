#pragma once

#include <array>

#include "mqtt/packet.hpp"

namespace mqtt_native::mqtt {

/**
 * Distinguishes messages by a 64-bit digest of topic and payload, so that the messages need not be kept. Two
 * different messages collide once in about 2^64 pairs. The key is random and never leaves the process.
 * Without it an attacker can neither compose colliding messages nor observe a digest. So one multiplication
 * for each 16 bytes is enough. A cryptographic hash of a large message would take longer than all its other
 * processing.
 *
 * Properties are not included: those of a repetition may differ (Message Expiry Interval, Topic Alias).
 */
class MessageDigest {
 public:
  /** Makes a random key. */
  MessageDigest();

  [[nodiscard]] uint64_t of(BytesView topic, BytesView payload) const;  // any

 private:
  [[nodiscard]] uint64_t append(uint64_t state, BytesView bytes) const;

  std::array<uint64_t, 4> key_;
};

}  // namespace mqtt_native::mqtt
