#pragma once

#include <sys/socket.h>

#include "paho/session.hpp"

namespace mqtt_native::paho {

/** Creates a Paho client whose callbacks lead to `session`. Not with Paho's lock held. */
void create_handle(MQTTAsync& handle, Session& session, wire::Protocol protocol);  // send

/** Has Paho connect over the connection that the session holds ready. Returns one of Paho's codes. */
int start_connect(MQTTAsync handle, Session& session, const ConnectRequest& request);  // send

struct Submission {
  int error;            // one of Paho's codes
  uint16_t identifier;  // the packet identifier that Paho chose
};

/** Queues a publish of QoS 0 inside Paho. Returns one of Paho's codes; there is no callback. */
int publish_to_paho(MQTTAsync handle, const Operation& operation);  // send

/** Queues an operation inside Paho; its callback names the ticket when the broker has answered. */
Submission submit_to_paho(MQTTAsync handle, Session& session, uint32_t ticket, const Operation& operation,
                          wire::Protocol protocol);  // send

/** The session that a connect to this address is for; null for an address that is not one of ours. */
Session* session_at(const sockaddr* address);  // send

}  // namespace mqtt_native::paho
