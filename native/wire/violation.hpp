#pragma once

#include <optional>

#include "wire/packet.hpp"
#include "wire/properties.hpp"

namespace mqtt_native::wire {

/** Whether a broker may send such a packet now, judged by its fixed header. `connected`: CONNACK has come. */
std::optional<Violation> check_header(const FixedHeader& header, Protocol protocol, bool connected);

/** Whether the layout of a whole packet other than PUBLISH holds together: fields, properties and codes fill
 * it exactly. */
std::optional<Violation> check_layout(BytesView packet, const FixedHeader& header, Protocol protocol);

/**
 * Whether the front of a PUBLISH, all up to its payload, is as it may be. `bytes` is what has arrived of the
 * packet; nothing may be wrong yet when the front is incomplete, which `complete` then says.
 */
std::optional<Violation> check_publish(BytesView bytes, const FixedHeader& header, Protocol protocol,
                                       bool& complete);

}  // namespace mqtt_native::wire
