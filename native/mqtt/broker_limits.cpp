#include "mqtt/broker_limits.hpp"

#include "mqtt/properties.hpp"

namespace mqtt_native::mqtt {

uint8_t BrokerLimits::refusal(uint8_t qos, bool retain, size_t packet_size) const {
  if (qos > maximum_qos) return qos_not_supported;
  if (retain && !retain_available) return retain_not_supported;
  return packet_size > maximum_packet_size ? packet_too_large : 0;
}

uint8_t BrokerLimits::refusal(BytesView publish) const {
  const uint8_t first = byte_at(publish, 0);
  return refusal(first >> 1 & 3, (first & 1) != 0, publish.size());
}

}  // namespace mqtt_native::mqtt
