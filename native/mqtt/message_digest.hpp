#pragma once

#include <array>

#include "mqtt/packet.hpp"

namespace mqtt_native::mqtt {

/**
 * Tells messages apart by 64 bits of their topic and payload, so that the messages themselves need not be
 * kept. Two different ones have the same digest once in about 2^64 pairs. The key is random and never leaves
 * the process. Without it nobody can compose a message that passes for another one, nor sees any digest to
 * learn from. So a multiplication for each 16 bytes is enough. A cryptographic hash of a large message would
 * take longer than all else that is done with it.
 *
 * Properties have no part in it: those of a repetition may differ (Message Expiry Interval, Topic Alias).
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
