#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "paho_c.h"

/** The progress of one client. */
struct receiver {
  struct receiving* all;
  uint32_t next;
};

struct receiving {
  const struct job* job;
  MQTTAsync* clients;
  struct receiver* receivers;
  const uint8_t* expected;
  uint32_t each; /* messages for each client */
  int filter_length;
  uint64_t total;
  sem_t done;
};

static int arrived(void* context, char* topic, int length, MQTTAsync_message* message) {
  struct receiver* receiver = context;
  struct receiving* all = receiver->all;
  const size_t topic_length = length > 0 ? (size_t)length : strlen(topic);
  if (topic_length < (size_t)all->filter_length) fail("A message came with the topic %s", topic);
  check_payload(message->payload, (size_t)message->payloadlen, all->expected, (size_t)all->job->size,
                receiver->next++);
  MQTTAsync_freeMessage(&message);
  MQTTAsync_free(topic);
  if (receiver->next == all->each) sem_post(&all->done);
  return 1;
}

static uint32_t receive_some(void* context, uint32_t count) {
  struct receiving* all = context;
  const struct job* job = all->job;
  char filter[128];
  const uint32_t clients = (uint32_t)job->clients;
  all->each = (count + clients - 1) / clients;
  all->filter_length =
      snprintf(filter, sizeof filter, "flood/%d/%d/%u/%d/+", job->qos, job->size, all->each, job->topics);
  for (uint32_t i = 0; i < clients; i++) {
    all->receivers[i].next = 0;
    MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;
    check_call(MQTTAsync_subscribe(all->clients[i], filter, job->qos, &options), "MQTTAsync_subscribe");
  }
  for (uint32_t i = 0; i < clients; i++) sem_wait(&all->done);
  all->total += (uint64_t)all->each * clients;
  return all->each * clients;
}

void receive(const struct job* job) {
  struct receiving all = {.job = job, .expected = new_payload((size_t)job->size)};
  sem_init(&all.done, 0, 0);
  all.clients = calloc((size_t)job->clients, sizeof *all.clients);
  all.receivers = calloc((size_t)job->clients, sizeof *all.receivers);
  for (int i = 0; i < job->clients; i++) {
    all.receivers[i].all = &all;
    all.clients[i] = new_client(job, arrived, &all.receivers[i]);
  }
  connect_at_once(job, all.clients, job->clients);
  const struct throughput result = warm_then_measure(job, receive_some, &all);
  settle();
  end_clients(all.clients, job->clients);
  report_throughput(result, (struct totals){.connections = (uint64_t)job->clients, .received = all.total});
}
