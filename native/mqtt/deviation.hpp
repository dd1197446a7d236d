#pragma once

#include <cstdint>
#include <string_view>

namespace mqtt_native::mqtt {

/**
 * Tolerated faults of widely used brokers, which neither lose nor duplicate a message. Each is logged once in
 * the life of a client. Faults that may lose or duplicate one, and malformed packets, end the connection.
 *
 * A further deviation needs an enumerator, its text, and the code that detects it.
 */
enum class Deviation : uint8_t {
  puback_for_qos2,          // RabbitMQ 3: lowers the message to QoS 1
  too_large_in_puback,      // mosquitto: 0x95 in PUBACK and PUBREC, whose tables do not have it
  suback_code_of_mqtt5,     // in MQTT 3
  too_many_unacknowledged,  // mosquitto, when the program acknowledges late
};

constexpr std::string_view describe(Deviation deviation) {
  switch (deviation) {
    case Deviation::puback_for_qos2:
      return "it answers a message of QoS 2 with PUBACK, as one of QoS 1";
    case Deviation::too_large_in_puback:
      return "it refuses a message with reason code 0x95, which PUBACK and PUBREC do not have";
    case Deviation::suback_code_of_mqtt5:
      return "it refuses a subscription with a reason code of MQTT 5";
    case Deviation::too_many_unacknowledged:
      return "it sends more messages without an acknowledgement than the receive maximum";
  }
  return {};
}

}  // namespace mqtt_native::mqtt
