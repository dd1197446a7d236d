#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>

#include "paho_c.h"

struct publishing {
  const struct job* job;
  MQTTAsync* clients;
  uint32_t* published; /* of each client */
  uint8_t* payload;    /* Paho copies it */
  uint64_t total;
  sem_t room; /* for publishes in flight */
};

static void succeeded(void* context, MQTTAsync_successData* response) {
  (void)response;
  sem_post(context);
}

static void refused(void* context, MQTTAsync_failureData* response) {
  (void)context;
  fail("A publish failed with %d", response->code);
}

static void publish_one(struct publishing* all, int index) {
  const struct job* job = all->job;
  const uint32_t number = all->published[index]++;
  const uint32_t topics = (uint32_t)job->topics;
  char topic[64];
  snprintf(topic, sizeof topic, "sink/%d/%d-%u", job->size, index, number % topics);
  set_payload_sequence(all->payload, number / topics);
  MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;
  options.onSuccess = succeeded;
  options.onFailure = refused;
  options.context = &all->room;
  check_call(MQTTAsync_send(all->clients[index], topic, job->size, all->payload, job->qos, 0, &options),
             "MQTTAsync_send");
}

static uint32_t publish_some(void* context, uint32_t count) {
  struct publishing* all = context;
  for (uint32_t i = 0; i < count; i++) {
    sem_wait(&all->room);
    publish_one(all, (int)(i % (uint32_t)all->job->clients));
  }
  for (int i = 0; i < all->job->window; i++) sem_wait(&all->room);
  for (int i = 0; i < all->job->window; i++) sem_post(&all->room);
  all->total += count;
  return count;
}

void publish(const struct job* job) {
  struct publishing all = {.job = job, .payload = new_payload((size_t)job->size)};
  sem_init(&all.room, 0, (unsigned)job->window);
  all.clients = calloc((size_t)job->clients, sizeof *all.clients);
  all.published = calloc((size_t)job->clients, sizeof *all.published);
  for (int i = 0; i < job->clients; i++) all.clients[i] = new_client(job, NULL, NULL);
  connect_at_once(job, all.clients, job->clients);
  const struct throughput result = warm_then_measure(job, publish_some, &all);
  settle();
  end_clients(all.clients, job->clients);
  report_throughput(result, (struct totals){.connections = (uint64_t)job->clients, .published = all.total});
}
