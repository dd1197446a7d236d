#pragma once

#include <array>
#include <unordered_map>

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
  MessageDigest();

  [[nodiscard]] uint64_t of(BytesView topic, BytesView payload) const;  // any

 private:
  [[nodiscard]] uint64_t append(uint64_t state, BytesView bytes) const;

  std::array<uint64_t, 4> key_;
};

/**
 * The packet identifiers of received QoS 2 messages that await PUBREL, each with a digest of its message
 * (MQTT 5, section 4.3.3). They live as long as the session, through all its connections. Nothing else is
 * kept, so a broker that never sends PUBREL occupies little memory.
 *
 * The digest distinguishes a repetition from a new message under the same identifier. A crashed broker may
 * reuse an identifier that still awaits PUBREL here. The DUP flag does not distinguish them. Some brokers
 * resend without it, and a new message has it when its first attempt was lost. So only the same message is a
 * repetition. Any other is delivered, which loses none.
 */
class ReceivedQos2Ids {
 public:
  [[nodiscard]] const MessageDigest& digest() const { return digest_; }  // reader

  [[nodiscard]] bool contains(uint16_t identifier, uint64_t digest) const {  // reader
    const auto received = digests_.find(identifier);
    return received != digests_.end() && received->second == digest;
  }
  void add(uint16_t identifier, uint64_t digest) {  // reader
    digests_.insert_or_assign(identifier, digest);
  }
  void release(uint16_t identifier) { digests_.erase(identifier); }  // reader
  /** Begins a connection. All identifiers are dropped if the broker has no session. */
  void begin(bool session_present) {  // reader
    if (!session_present) digests_.clear();
  }

 private:
  const MessageDigest digest_;
  std::unordered_map<uint16_t, uint64_t> digests_;  // by packet identifier
};

}  // namespace mqtt_native::mqtt
