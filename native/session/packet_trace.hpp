#pragma once

#include "mqtt/connection.hpp"
#include "session/trace.hpp"

namespace mqtt_native::session {

// One line for each packet of the data plane, in the wording that the control plane has for its own.

void trace_publish_sent(Trace& trace, uint16_t identifier, const mqtt::OutgoingPublish& publish);  // any
void trace_publish_received(Trace& trace, const mqtt::IncomingPublish& publish);                   // reader
void trace_acknowledged(Trace& trace, uint16_t identifier, mqtt::BytesView packet);                // reader

}  // namespace mqtt_native::session
