#pragma once

#include <optional>

#include "wire/packet.hpp"

namespace mqtt_native::wire {

/** Identifiers of the properties that the transport itself obeys (MQTT 5, table 2-4). */
enum class PropertyId : uint8_t { server_keep_alive = 0x13, receive_maximum = 0x21 };

/**
 * The value of a numeric property in `bytes`, which begin with the properties' length (MQTT 5,
 * section 2.2.2); nothing when the property is absent or the properties are malformed.
 */
std::optional<uint32_t> find_property(BytesView bytes, PropertyId wanted);

/**
 * The bytes that the properties at the front of `bytes` take, their length included; nothing when they are
 * malformed or not whole.
 */
std::optional<size_t> properties_size(BytesView bytes);

}  // namespace mqtt_native::wire
