#pragma once

#include <optional>

#include "wire/packet.hpp"
#include "wire/properties.hpp"
#include "wire/terms.hpp"

namespace mqtt_native::wire {

/** Whether a broker may send such a packet now, judged by its fixed header. `connected`: CONNACK has come. */
std::optional<Violation> check_header(const FixedHeader& header, const Terms& terms, bool connected);

/** Whether a whole packet other than PUBLISH holds together: fields, properties and codes fill it exactly,
 * and are such as it may have. */
std::optional<Violation> check_layout(BytesView packet, const FixedHeader& header, const Terms& terms);

/** The reason code of a checked AUTH or DISCONNECT; 0, success, when it is left out. */
uint8_t reason_code_of(BytesView packet, const FixedHeader& header);

}  // namespace mqtt_native::wire
