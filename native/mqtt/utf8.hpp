#pragma once

#include "mqtt/packet.hpp"

namespace mqtt_native::mqtt {

/** Whether the bytes are an MQTT string: well-formed UTF-8 without U+0000 (MQTT 5, section 1.5.4). */
bool is_utf8(BytesView bytes);

/** Whether the bytes are a topic name: a non-empty MQTT string without wildcards (MQTT 5, section 4.7.1). */
bool is_topic_name(BytesView bytes);

}  // namespace mqtt_native::mqtt
