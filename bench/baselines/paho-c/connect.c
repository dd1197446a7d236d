#include <stdlib.h>

#include "paho_c.h"

static int by_value(const void* a, const void* b) {
  const double difference = *(const double*)a - *(const double*)b;
  return (difference > 0) - (difference < 0);
}

/** Connects one client repeatedly for the job's seconds, and reports the median. */
static void connect_one(const struct job* job) {
  enum { most = 100 * 1000 };
  double* times = malloc(most * sizeof *times);
  size_t count = 0;
  const struct cost begin = begin_cost(job);
  while (count < most && now() < begin.seconds + job->seconds) {
    const double before = now();
    MQTTAsync client = new_client(job, NULL, NULL);
    connect_at_once(job, &client, 1);
    times[count++] = now() - before;
    end_clients(&client, 1);
  }
  const struct cost cost = cost_since(job, begin);
  qsort(times, count, sizeof *times, by_value);
  report_connects(times[count / 2], cost.cpu / (double)count, -1, (struct totals){.connections = count + 1});
}

static void connect_many(const struct job* job) {
  MQTTAsync* clients = calloc((size_t)job->clients, sizeof(MQTTAsync));
  const double memory = resident_memory();
  const struct cost begin = begin_cost(job);
  for (int i = 0; i < job->clients; i++) clients[i] = new_client(job, NULL, NULL);
  connect_at_once(job, clients, job->clients);
  const struct cost cost = cost_since(job, begin);
  settle();
  const double idle = (resident_memory() - memory) / job->clients;
  end_clients(clients, job->clients);
  report_connects(cost.seconds, cost.cpu, idle, (struct totals){.connections = (uint64_t)job->clients + 1});
}

void connect_clients(const struct job* job) {
  /* One client stays connected. Paho ends its threads with the last client, and waits for them. */
  MQTTAsync anchor = new_client(job, NULL, NULL);
  connect_at_once(job, &anchor, 1);
  if (job->clients == 1)
    connect_one(job);
  else
    connect_many(job);
  end_clients(&anchor, 1);
}
