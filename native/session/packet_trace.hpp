#pragma once

#include "session/trace.hpp"
#include "wire/connection.hpp"

namespace mqtt_native::session {

// One line for each packet of the data plane, in the wording that the control plane has for its own.

void trace_publish_sent(Trace& trace, uint16_t identifier, const wire::OutgoingPublish& publish);  // any
void trace_publish_received(Trace& trace, const wire::IncomingPublish& publish);                   // reader
void trace_acknowledged(Trace& trace, uint16_t identifier, wire::BytesView packet);                // reader

}  // namespace mqtt_native::session
