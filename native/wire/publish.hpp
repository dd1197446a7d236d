#pragma once

#include "wire/properties.hpp"

namespace mqtt_native::wire {

/** All of an incoming PUBLISH up to its payload (MQTT 5, section 3.3.2). The views lie in the packet. */
struct PublishFront {
  BytesView topic;
  uint16_t identifier = 0;   // 0 at QoS 0
  BytesView properties;      // with their length; empty before MQTT 5
  uint16_t topic_alias = 0;  // 0: none
  size_t size = 0;           // the fixed header included; 0: not all of it has arrived
};

/**
 * Reads the front of a PUBLISH and judges whether it is as it may be. `bytes` is what has arrived of the
 * packet; while the front is incomplete nothing is wrong yet.
 */
std::optional<Violation> read_publish(BytesView bytes, const FixedHeader& header, const Terms& terms,
                                      PublishFront& front);

/** The same front with this topic and without an alias. */
Bytes without_alias(const PublishFront& front, const FixedHeader& header, std::byte first_byte,
                    BytesView topic);

}  // namespace mqtt_native::wire
