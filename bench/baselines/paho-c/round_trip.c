#include <semaphore.h>
#include <stdlib.h>

#include "paho_c.h"

static const char* const topic = "stamp/round-trip";
/** The bytes into which the broker writes its clock. */
enum { stamp_begin = 8, stamp_end = 16, most_trips = 4 * 1000 * 1000 };

struct trips {
  const struct job* job;
  MQTTAsync client;
  uint8_t* payload;
  double* begins;
  double* times;
  uint32_t begun;
  uint32_t ended;
  sem_t replied;
  sem_t published;
};

static int arrived(void* context, char* name, int length, MQTTAsync_message* message) {
  const double end = now();
  (void)length;
  struct trips* trips = context;
  uint8_t* payload = message->payload;
  for (int i = stamp_begin; i < stamp_end; i++) payload[i] = (uint8_t)i;
  check_payload(payload, (size_t)message->payloadlen, trips->payload, (size_t)trips->job->size, trips->ended);
  trips->times[trips->ended] = end - trips->begins[trips->ended];
  trips->ended++;
  MQTTAsync_freeMessage(&message);
  MQTTAsync_free(name);
  sem_post(&trips->replied);
  return 1;
}

static void published(void* context, MQTTAsync_successData* response) {
  (void)response;
  sem_post(context);
}

static void refused(void* context, MQTTAsync_failureData* response) {
  (void)context;
  fail("A publish failed with %d", response->code);
}

static void begin_one(struct trips* trips) {
  if (trips->begun == most_trips) fail("More than %d round trips", most_trips);
  MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;
  options.onSuccess = published;
  options.onFailure = refused;
  options.context = &trips->published;
  set_payload_sequence(trips->payload, trips->begun);
  trips->begins[trips->begun++] = now();
  check_call(
      MQTTAsync_send(trips->client, topic, trips->job->size, trips->payload, trips->job->qos, 0, &options),
      "MQTTAsync_send");
}

static void end_one(struct trips* trips) {
  sem_wait(&trips->replied);
  sem_wait(&trips->published);
}

/** Runs round trips one after the other, or begins one in each millisecond. */
static void run(struct trips* trips, double seconds) {
  const double begin = now();
  const uint32_t already = trips->begun;
  while (now() < begin + seconds) {
    begin_one(trips);
    if (trips->job->paced)
      wait_until(begin + (trips->begun - already) / 1000.0);
    else
      end_one(trips);
  }
  if (!trips->job->paced) return;
  for (uint32_t i = already; i < trips->begun; i++) end_one(trips);
}

void round_trip(const struct job* job) {
  struct trips trips = {.job = job, .payload = new_payload((size_t)job->size)};
  sem_init(&trips.replied, 0, 0);
  sem_init(&trips.published, 0, 0);
  trips.begins = malloc(most_trips * sizeof(double));
  trips.times = malloc(most_trips * sizeof(double));
  trips.client = new_client(job, arrived, &trips);
  connect_at_once(job, &trips.client, 1);
  subscribe(trips.client, topic, job->qos);
  run(&trips, job->warm_up);
  const uint32_t warm = trips.begun;
  const struct cost begin = begin_cost(job);
  run(&trips, job->seconds);
  const struct cost cost = cost_since(job, begin);
  settle();
  end_clients(&trips.client, 1);
  report_round_trips(trips.times + warm, trips.ended - warm, cost,
                     (struct totals){.connections = 1, .echoed = trips.ended});
}
