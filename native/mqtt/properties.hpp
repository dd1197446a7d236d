#pragma once

#include <optional>
#include <string>

#include "mqtt/client_limits.hpp"
#include "mqtt/packet.hpp"

namespace mqtt_native::mqtt {

/**
 * What a broker did against the protocol: the reason code to answer with (MQTT 5, table 2-6), and a sentence.
 */
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

/** Identifiers of the properties that the transport itself obeys (MQTT 5, table 2-4). */
enum class PropertyId : uint8_t {
  server_keep_alive = 0x13,
  authentication_method = 0x15,
  request_problem_information = 0x17,
  receive_maximum = 0x21,
  topic_alias_maximum = 0x22,
  topic_alias = 0x23,
  maximum_packet_size = 0x27,
};

/** A topic alias among the properties: its identifier and two bytes. */
inline constexpr size_t topic_alias_size = 3;

/**
 * The value of a numeric property in `bytes`, which begin with the properties' length (MQTT 5,
 * section 2.2.2), and 0 for one of another type; nothing when the property is absent or the properties are
 * malformed.
 */
std::optional<uint32_t> find_property(BytesView bytes, PropertyId wanted);

/**
 * The bytes that the properties at the front of `bytes` take, their length included; nothing when that is
 * more than there are.
 */
std::optional<size_t> properties_size(BytesView bytes);

/** The properties themselves, without the length in front of them; both are there. */
BytesView property_values(BytesView bytes);

/** Well-formed properties, their length included, but for this one. */
Bytes properties_without(BytesView bytes, PropertyId unwanted);

/** Whether a broker may send these properties, whole and with their length in front, in such a packet. */
std::optional<ProtocolError> check_properties(BytesView bytes, PacketType packet, const ClientLimits& limits);

}  // namespace mqtt_native::mqtt
