#pragma once

#include "paho/trace.hpp"
#include "wire/connection.hpp"

namespace mqtt_native::paho {

// Lines, worded as Paho words its own, for the packets that go past it.

void trace_publish_sent(uint16_t identifier, const wire::OutgoingPublish& publish);  // any
void trace_publish_received(const wire::IncomingPublish& publish);                   // reader
void trace_acknowledged(uint16_t identifier, wire::BytesView packet);                // reader

}  // namespace mqtt_native::paho
