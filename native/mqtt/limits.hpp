#pragma once

#include <optional>

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
