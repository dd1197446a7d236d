#pragma once

#include "mqtt/packet.hpp"

namespace mqtt_native::mqtt {

/** What our CONNECT allows the broker to send (MQTT 5, section 3.1.2.11). */
struct ClientLimits {
  Protocol protocol = Protocol::v311;
  uint16_t receive_maximum = 65'535;  // PUBLISH packets of QoS 1 and 2 that may be unacknowledged
  uint16_t topic_alias_maximum = 0;
  bool problem_information = true;  // reason strings and user properties may come with any packet
  bool authentication = false;      // AUTH packets may come: an authentication method was named
};

/** The terms that a CONNECT packet sets; those of an empty one are the protocol's own. */
ClientLimits read_client_limits(BytesView connect_packet, Protocol protocol);

}  // namespace mqtt_native::mqtt
