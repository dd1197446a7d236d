#pragma once

#include <sys/socket.h>

#include "paho/session.hpp"

namespace mqtt_native::paho {

/** Creates a Paho client whose callbacks lead to `session`. Not with Paho's lock held. */
void create_handle(MQTTAsync& handle, Session& session, wire::Protocol protocol);  // send

/** Has Paho connect over the connection that the session holds ready. Returns one of Paho's codes. */
int start_connect(MQTTAsync handle, Session& session, const ConnectRequest& request);  // send

/** Queues a subscribe or unsubscribe inside Paho. Returns one of Paho's codes; there is no callback. */
int submit_to_paho(MQTTAsync handle, Session& session, const Operation& operation);  // send

/** The session that a connect to this address is for; null for an address that is not one of ours. */
Session* session_at(const sockaddr* address);  // send

}  // namespace mqtt_native::paho
