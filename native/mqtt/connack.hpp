#pragma once

#include <optional>

#include "mqtt/broker_limits.hpp"

namespace mqtt_native::mqtt {

/** The fields of a CONNACK that the native code obeys. */
struct Connack {
  bool session_present = false;  // always false on MQTT 3.1, which has no such flag
  uint8_t reason_code = 0;
  std::optional<uint16_t> server_keep_alive;  // seconds (MQTT 5, section 3.2.2.3.14)
  uint16_t receive_maximum = 65'535;          // unacknowledged PUBLISH packets (section 3.2.2.3.3)
  uint16_t topic_alias_maximum = 0;           // section 3.2.2.3.8
  BrokerLimits limits;
};

Connack read_connack(BytesView packet, Protocol protocol);

}  // namespace mqtt_native::mqtt
