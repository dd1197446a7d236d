#pragma once

#include <optional>

#include "mqtt/client_limits.hpp"
#include "mqtt/packet.hpp"
#include "mqtt/properties.hpp"

namespace mqtt_native::mqtt {

/** Whether a broker may send such a packet now, judged by its fixed header. `connected`: CONNACK has come. */
std::optional<ProtocolError> check_header(const FixedHeader& header, const ClientLimits& limits,
                                          bool connected);

/** Whether a whole packet other than PUBLISH holds together: fields, properties and codes fill it exactly,
 * and are such as it may have. */
std::optional<ProtocolError> check_layout(BytesView packet, const FixedHeader& header,
                                          const ClientLimits& limits);

/** The reason code of a checked AUTH or DISCONNECT; 0, success, when it is left out. */
uint8_t read_reason_code(BytesView packet, const FixedHeader& header);

}  // namespace mqtt_native::mqtt
