#pragma once

#include "mqtt/packet.hpp"

namespace mqtt_native::mqtt {

/** Whether a broker may send this reason code in such a packet. */
bool is_reason_code(PacketType packet, uint8_t code, Protocol protocol);

}  // namespace mqtt_native::mqtt
