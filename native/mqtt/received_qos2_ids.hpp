#pragma once

#include <unordered_map>

#include "mqtt/message_digest.hpp"

namespace mqtt_native::mqtt {

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

  /** Whether this message has been received under the identifier. */
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
