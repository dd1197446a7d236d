#pragma once

#include <cstdint>
#include <unordered_set>

#include "wire/packet.hpp"

namespace mqtt_native::wire {

/**
 * The messages of QoS 2 of a session that have been delivered and that the broker has not released (PUBREL):
 * what comes with the identifier of one of these is a repetition (MQTT 5, section 4.3.3). Lives as long as
 * the session, through all its connections. Identifiers are all that is kept, so a broker that never
 * releases anything uses up little.
 */
class Unreleased {
 public:
  [[nodiscard]] bool contains(uint16_t identifier) const { return identifiers_.contains(identifier); }
  void add(uint16_t identifier) { identifiers_.insert(identifier); }
  void release(uint16_t identifier) { identifiers_.erase(identifier); }
  /** A connection has been made: without a session at the broker these are forgotten. */
  void begin(bool session_present) {
    if (!session_present) identifiers_.clear();
  }

 private:
  std::unordered_set<uint16_t> identifiers_;
};

}  // namespace mqtt_native::wire
