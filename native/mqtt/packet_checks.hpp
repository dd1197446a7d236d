#pragma once

#include <optional>

#include "mqtt/limits.hpp"
#include "mqtt/packet.hpp"
#include "mqtt/properties.hpp"

namespace mqtt_native::mqtt {

/**
 * Checks whether a broker may send such a packet now, by its fixed header. `connected`: CONNACK has arrived.
 */
std::optional<ProtocolError> check_header(const FixedHeader& header, const ClientLimits& limits,
                                          bool connected);

/** Checks a whole packet other than PUBLISH: its fields, properties and codes fill it and are allowed. */
std::optional<ProtocolError> check_layout(BytesView packet, const FixedHeader& header,
                                          const ClientLimits& limits);

/** Returns the reason code of a checked AUTH or DISCONNECT; 0, success, if it is omitted. */
uint8_t read_reason_code(BytesView packet, const FixedHeader& header);

}  // namespace mqtt_native::mqtt
