/* The kinds of measurements; each has a file of its own. */
#pragma once

#include <MQTTAsync.h>

#include "measure.h"

/** Each function runs the job and prints its report. */
void receive(const struct job* job);
void publish(const struct job* job);
void round_trip(const struct job* job);
void connect_clients(const struct job* job);

/** Creates a client whose messages go to this function with this context. Both may be NULL. */
MQTTAsync new_client(const struct job* job, MQTTAsync_messageArrived* arrived, void* context);
/** Connects all clients at once, as programs with callbacks do, and waits for them. */
void connect_at_once(const struct job* job, const MQTTAsync* clients, int count);
/** Disconnects all clients at once and destroys them. */
void end_clients(const MQTTAsync* clients, int count);
void subscribe(MQTTAsync client, const char* filter, int qos);

/** Fails unless Paho accepted the call. */
void check_call(int result, const char* call);
/** Waits for acknowledgements that are still in flight after the last message. */
void settle(void);
