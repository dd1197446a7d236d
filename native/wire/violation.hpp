#pragma once

#include <optional>
#include <string>

#include "wire/packet.hpp"

namespace mqtt_native::wire {

/** What a broker did against the protocol: the reason code to answer with (MQTT 5, table 2-6), and a
 * sentence. */
struct Violation {
  uint8_t reason_code;
  std::string text;
};

inline constexpr uint8_t malformed_packet = 0x81;
inline constexpr uint8_t protocol_error = 0x82;
inline constexpr uint8_t keep_alive_timeout = 0x8D;
inline constexpr uint8_t packet_too_large = 0x95;

/** Whether a broker may send such a packet now, judged by its fixed header. `connected`: CONNACK has come. */
std::optional<Violation> check_header(const FixedHeader& header, Protocol protocol, bool connected);

/** Whether the layout of a whole packet other than PUBLISH holds together: fields, properties and codes fill
 * it exactly. */
std::optional<Violation> check_layout(BytesView packet, const FixedHeader& header, Protocol protocol);

/**
 * Whether the front of a PUBLISH, all up to its payload, is well formed. `bytes` is what has arrived of the
 * packet; nothing may be wrong yet when the front is incomplete, which `complete` then says.
 */
std::optional<Violation> check_publish(BytesView bytes, const FixedHeader& header, Protocol protocol,
                                       bool& complete);

}  // namespace mqtt_native::wire
