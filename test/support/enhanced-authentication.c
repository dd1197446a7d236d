/*
 * A plugin for mosquitto that adds enhanced authentication (MQTT 5, section 4.12) with the method "sum". The
 * broker sends two numbers, such as "12+30", and the client answers with their sum. The data of CONNECT says
 * how many sums the broker asks for. The last packet of the exchange, CONNACK or AUTH, has the data
 * "content".
 */
#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLIENTS 16

/* The open question of each client; a test has few clients. */
static struct {
  struct mosquitto* client;
  int left;
  int sum;
} asked[CLIENTS];
static unsigned next_number = 7;

static int say(struct mosquitto_evt_extended_auth* event, const char* text, int result) {
  event->data_out_len = (uint16_t)strlen(text);
  event->data_out = mosquitto_strdup(text);
  return event->data_out ? result : MOSQ_ERR_NOMEM;
}

static int ask(struct mosquitto_evt_extended_auth* event, int slot) {
  if (asked[slot].left-- == 0) {
    asked[slot].client = NULL;
    return say(event, "content", MOSQ_ERR_SUCCESS);
  }
  char question[32];
  const unsigned first = next_number = next_number * 31 % 997, second = next_number % 13;
  asked[slot].sum = (int)(first + second);
  snprintf(question, sizeof question, "%u+%u", first, second);
  return say(event, question, MOSQ_ERR_AUTH_CONTINUE);
}

static int number_in(const struct mosquitto_evt_extended_auth* event) {
  char digits[8] = "";
  memcpy(digits, event->data_in ? event->data_in : "", event->data_in_len < 7 ? event->data_in_len : 7);
  return atoi(digits);
}

static int slot_of(const struct mosquitto* client) {
  for (int slot = 0; slot < CLIENTS; slot++)
    if (asked[slot].client == client) return slot;
  return -1;
}

static int on_start(int event_type, void* data, void* user) {
  (void)event_type, (void)user;
  struct mosquitto_evt_extended_auth* event = data;
  if (strcmp(event->auth_method, "sum") != 0) return MOSQ_ERR_NOT_SUPPORTED;
  const int known = slot_of(event->client), slot = known < 0 ? slot_of(NULL) : known;
  if (slot < 0) return MOSQ_ERR_AUTH;
  asked[slot].client = event->client;
  asked[slot].left = number_in(event);
  return ask(event, slot);
}

static int on_continue(int event_type, void* data, void* user) {
  (void)event_type, (void)user;
  struct mosquitto_evt_extended_auth* event = data;
  const int slot = slot_of(event->client);
  if (slot >= 0 && number_in(event) == asked[slot].sum) return ask(event, slot);
  if (slot >= 0) asked[slot].client = NULL;
  return MOSQ_ERR_AUTH;
}

int mosquitto_plugin_version(int count, const int* versions) {
  for (int i = 0; i < count; i++)
    if (versions[i] == 5) return 5;
  return -1;
}

int mosquitto_plugin_init(mosquitto_plugin_id_t* id, void** user, struct mosquitto_opt* options, int count) {
  (void)user, (void)options, (void)count;
  const int result = mosquitto_callback_register(id, MOSQ_EVT_EXT_AUTH_START, on_start, NULL, NULL);
  return result ? result
                : mosquitto_callback_register(id, MOSQ_EVT_EXT_AUTH_CONTINUE, on_continue, NULL, NULL);
}

int mosquitto_plugin_cleanup(void* user, struct mosquitto_opt* options, int count) {
  (void)user, (void)options, (void)count;
  return MOSQ_ERR_SUCCESS;
}
