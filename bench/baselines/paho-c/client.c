#include <semaphore.h>
#include <stdio.h>

#include "paho_c.h"

static void succeeded(void* context, MQTTAsync_successData* response) {
  (void)response;
  sem_post(context);
}

static void refused(void* context, MQTTAsync_failureData* response) {
  (void)context;
  fail("A call failed with %d: %s", response->code, response->message != NULL ? response->message : "");
}

static void lost(void* context, char* cause) {
  (void)context;
  fail("The connection was lost: %s", cause != NULL ? cause : "");
}

/** Paho requires a function for messages even when none arrive. */
static int nothing_expected(void* context, char* topic, int length, MQTTAsync_message* message) {
  (void)context, (void)length, (void)message;
  fail("A message came from %s, though nothing was subscribed to", topic);
}

void check_call(int result, const char* call) {
  if (result != MQTTASYNC_SUCCESS) fail("%s returned %d", call, result);
}

void settle(void) {
  wait_until(now() + 0.05);
}

MQTTAsync new_client(const struct job* job, MQTTAsync_messageArrived* arrived, void* context) {
  char address[64];
  MQTTAsync client = NULL;
  snprintf(address, sizeof address, "tcp://127.0.0.1:%d", job->port);
  check_call(MQTTAsync_create(&client, address, "", MQTTCLIENT_PERSISTENCE_NONE, NULL), "MQTTAsync_create");
  check_call(
      MQTTAsync_setCallbacks(client, context, lost, arrived != NULL ? arrived : nothing_expected, NULL),
      "MQTTAsync_setCallbacks");
  return client;
}

void connect_at_once(const struct job* job, const MQTTAsync* clients, int count) {
  sem_t done;
  sem_init(&done, 0, 0);
  MQTTAsync_connectOptions options = MQTTAsync_connectOptions_initializer;
  options.MQTTVersion = MQTTVERSION_3_1_1;
  options.maxInflight = job->window;
  options.onSuccess = succeeded;
  options.onFailure = refused;
  options.context = &done;
  for (int i = 0; i < count; i++) check_call(MQTTAsync_connect(clients[i], &options), "MQTTAsync_connect");
  for (int i = 0; i < count; i++) sem_wait(&done);
}

void end_clients(const MQTTAsync* clients, int count) {
  sem_t done;
  sem_init(&done, 0, 0);
  MQTTAsync_disconnectOptions options = MQTTAsync_disconnectOptions_initializer;
  options.onSuccess = succeeded;
  options.onFailure = refused;
  options.context = &done;
  for (int i = 0; i < count; i++)
    check_call(MQTTAsync_disconnect(clients[i], &options), "MQTTAsync_disconnect");
  for (int i = 0; i < count; i++) sem_wait(&done);
  for (int i = 0; i < count; i++) {
    MQTTAsync client = clients[i];
    MQTTAsync_destroy(&client);
  }
}

void subscribe(MQTTAsync client, const char* filter, int qos) {
  sem_t done;
  sem_init(&done, 0, 0);
  MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;
  options.onSuccess = succeeded;
  options.onFailure = refused;
  options.context = &done;
  check_call(MQTTAsync_subscribe(client, filter, qos, &options), "MQTTAsync_subscribe");
  sem_wait(&done);
}
