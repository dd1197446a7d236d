#pragma once

#include "mqtt/packet.hpp"

namespace mqtt_native::mqtt {

/** The limits of the broker's CONNACK on outgoing publishes (MQTT 5, section 3.2.2.3). */
struct BrokerLimits {
  uint32_t maximum_packet_size = largest_packet;
  uint8_t maximum_qos = 2;
  bool retain_available = true;

  bool operator==(const BrokerLimits&) const = default;

  /** Returns the reason code that the broker would refuse such a PUBLISH with; 0: it may be sent. */
  [[nodiscard]] uint8_t refusal(uint8_t qos, bool retain, size_t packet_size) const;
  /** Does the same for an encoded PUBLISH. */
  [[nodiscard]] uint8_t refusal(BytesView publish) const;
};

}  // namespace mqtt_native::mqtt
