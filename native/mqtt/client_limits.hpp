#pragma once

#include "mqtt/packet.hpp"

namespace mqtt_native::mqtt {

/** The limits that the client's CONNECT sets for the broker (MQTT 5, section 3.1.2.11). */
struct ClientLimits {
  Protocol protocol = Protocol::v311;
  uint16_t receive_maximum = 65'535;  // unacknowledged PUBLISH packets of QoS 1 and 2
  uint16_t topic_alias_maximum = 0;
  bool problem_information = true;  // reason strings and user properties are allowed in any packet
  bool authentication = false;      // AUTH packets are allowed: the CONNECT named an authentication method
};

/** Reads the limits of a CONNECT packet. An empty one has the protocol's defaults. */
ClientLimits read_client_limits(BytesView connect_packet, Protocol protocol);

}  // namespace mqtt_native::mqtt
