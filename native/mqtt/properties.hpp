#pragma once

#include <optional>
#include <string>

#include "mqtt/limits.hpp"
#include "mqtt/packet.hpp"

namespace mqtt_native::mqtt {

/** A protocol error of the broker: the reason code to answer with (MQTT 5, table 2-6), and a sentence. */
struct ProtocolError {
  uint8_t reason_code;
  std::string text;
};

inline constexpr uint8_t malformed_packet = 0x81;
inline constexpr uint8_t protocol_error = 0x82;
inline constexpr uint8_t keep_alive_timeout = 0x8D;
inline constexpr uint8_t receive_maximum_exceeded = 0x93;
inline constexpr uint8_t topic_alias_invalid = 0x94;
inline constexpr uint8_t packet_too_large = 0x95;
inline constexpr uint8_t retain_not_supported = 0x9A;
inline constexpr uint8_t qos_not_supported = 0x9B;

/** Identifiers of the properties that the native code obeys (MQTT 5, table 2-4). */
enum class PropertyId : uint8_t {
  message_expiry_interval = 0x02,
  server_keep_alive = 0x13,
  authentication_method = 0x15,
  request_problem_information = 0x17,
  receive_maximum = 0x21,
  topic_alias_maximum = 0x22,
  topic_alias = 0x23,
  maximum_qos = 0x24,
  retain_available = 0x25,
  maximum_packet_size = 0x27,
};

/** Bytes of a topic alias property: its identifier and two bytes. */
inline constexpr size_t topic_alias_size = 3;

/**
 * Returns the value of a numeric property, or 0 for one of another type. `bytes` begin with the properties'
 * length (MQTT 5, section 2.2.2). Returns nothing if the property is absent or the properties are malformed.
 */
std::optional<uint32_t> find_property(BytesView bytes, PropertyId wanted);

/** Returns the size of the properties at the front, their length included; nothing if it exceeds `bytes`. */
std::optional<size_t> properties_size(BytesView bytes);

/** Returns the properties without the length in front of them. Both must be complete. */
BytesView property_values(BytesView bytes);

/** Returns well-formed properties, their length included, without this one. */
Bytes properties_without(BytesView bytes, PropertyId unwanted);

/** Returns well-formed properties, their length included, with this message expiry interval. */
Bytes properties_with_expiry(BytesView bytes, uint32_t seconds);

/** Checks whether a broker may send these properties in such a packet. `bytes` begin with their length. */
std::optional<ProtocolError> check_properties(BytesView bytes, PacketType packet, const ClientLimits& limits);

}  // namespace mqtt_native::mqtt
