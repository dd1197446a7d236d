#pragma once

#include "mqtt/properties.hpp"

namespace mqtt_native::mqtt {

/** An incoming PUBLISH up to its payload (MQTT 5, section 3.3.2). The views point into the packet. */
struct PublishFront {
  BytesView topic;
  uint16_t identifier = 0;   // 0 at QoS 0
  BytesView properties;      // with their length; empty before MQTT 5
  uint16_t topic_alias = 0;  // 0: none
  size_t size = 0;           // the fixed header included
};

/** Reads the front of a whole PUBLISH packet. Returns the protocol error, if there is one. */
std::optional<ProtocolError> read_publish(BytesView packet, const FixedHeader& header,
                                          const ClientLimits& limits, PublishFront& front);

}  // namespace mqtt_native::mqtt
