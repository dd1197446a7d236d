#pragma once

#include "paho/paho.hpp"
#include "session/operation.hpp"

namespace mqtt_native::paho {

/** Queues a subscribe or unsubscribe inside Paho, whose lock is held. Returns one of Paho's codes. */
int submit(MQTTAsync handle, const session::Operation& operation, uint16_t identifier);  // send

}  // namespace mqtt_native::paho
