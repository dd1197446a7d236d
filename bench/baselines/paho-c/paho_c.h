/* The kinds of measurement, each in a file of its own. */
#pragma once

#include <MQTTAsync.h>

#include "measure.h"

/** Each runs the job and prints its report. */
void receive(const struct job* job);
void publish(const struct job* job);
void round_trip(const struct job* job);
void connect_clients(const struct job* job);

/** A client whose messages go to this function with this context. It may have none. */
MQTTAsync new_client(const struct job* job, MQTTAsync_messageArrived* arrived, void* context);
/** Begins to connect all of them at once, as programs with callbacks do, and waits until they are. */
void connect_at_once(const struct job* job, const MQTTAsync* clients, int count);
/** Say goodbye, all at once, and destroy. */
void end_clients(const MQTTAsync* clients, int count);
void subscribe(MQTTAsync client, const char* filter, int qos);

/** Fails unless Paho says that a call was accepted. */
void check_call(int result, const char* call);
/** For acknowledgements that are still on their way when the last message is there. */
void settle(void);
