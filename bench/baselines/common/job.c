#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"

void fail(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
  _Exit(1);
}

/** Returns the value of `name=value`, or NULL for another word. */
static const char* value_of(const char* word, const char* name) {
  const size_t length = strlen(name);
  return strncmp(word, name, length) == 0 && word[length] == '=' ? word + length + 1 : NULL;
}

static bool read_word(struct job* job, const char* word) {
  const struct {
    const char* name;
    int* number;
  } numbers[] = {
      {"port", &job->port},     {"broker", &job->broker},   {"qos", &job->qos},       {"size", &job->size},
      {"topics", &job->topics}, {"clients", &job->clients}, {"window", &job->window}, {"paced", &job->paced},
  };
  const char* value = NULL;
  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
    if ((value = value_of(word, numbers[i].name)) != NULL) {
      *numbers[i].number = atoi(value);
      return true;
    }
  }
  if ((value = value_of(word, "seconds")) != NULL) job->seconds = atof(value);
  if (value == NULL && (value = value_of(word, "warmUp")) != NULL) job->warm_up = atof(value);
  return value != NULL;
}

struct job read_job(int count, char** arguments) {
  struct job job = {.kind = count > 1 ? arguments[1] : "",
                    .qos = 0,
                    .size = 16,
                    .topics = 1,
                    .clients = 1,
                    .window = 256,
                    .seconds = 1,
                    .warm_up = 0.3};
  for (int i = 2; i < count; i++) {
    if (!read_word(&job, arguments[i])) fail("The word %s is not understood", arguments[i]);
  }
  if (job.port <= 0 || job.qos < 0 || job.qos > 2 || job.size < 4 || job.topics < 1 || job.clients < 1 ||
      job.window < 1)
    fail("Usage: %s <kind> port=<port> [qos=1] [size=16] [seconds=1] …", arguments[0]);
  return job;
}

uint8_t* new_payload(size_t size) {
  uint8_t* payload = malloc(size);
  if (payload == NULL) fail("No memory for a payload of %zu bytes", size);
  for (size_t i = 0; i < size; i++) payload[i] = (uint8_t)(i < 4 ? 0 : i);
  return payload;
}

void set_payload_sequence(uint8_t* payload, uint32_t sequence) {
  for (int i = 0; i < 4; i++) payload[i] = (uint8_t)(sequence >> (8 * i));
}

uint32_t payload_sequence(const uint8_t* payload) {
  return payload[0] | (uint32_t)payload[1] << 8 | (uint32_t)payload[2] << 16 | (uint32_t)payload[3] << 24;
}

void check_payload(const uint8_t* payload, size_t size, const uint8_t* expected, size_t expected_size,
                   uint32_t sequence) {
  if (size != expected_size) fail("A message has %zu bytes instead of %zu", size, expected_size);
  const uint32_t found = payload_sequence(payload);
  if (found != sequence) fail("Message %u came instead of %u", found, sequence);
  if (sequence % 100 == 0 && memcmp(payload + 4, expected + 4, size - 4) != 0)
    fail("Message %u has wrong bytes", sequence);
}
