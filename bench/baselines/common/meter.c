#include <errno.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "measure.h"

static double seconds_of(struct timespec time) {
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return seconds_of(time);
}

void wait_until(double time) {
  struct timespec end;
  end.tv_sec = (time_t)time;
  end.tv_nsec = (long)((time - (double)end.tv_sec) * 1e9);
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL) == EINTR) continue;
}

static double own_cpu(void) {
  struct timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return seconds_of(time);
}

/**
 * The processor time of the broker, which has one thread. It is the first number of the file, in nanoseconds.
 */
static double broker_cpu(const struct job* job) {
  char path[64];
  unsigned long long nanoseconds = 0;
  snprintf(path, sizeof path, "/proc/%d/schedstat", job->broker);
  FILE* file = fopen(path, "r");
  if (file == NULL) return 0;
  if (fscanf(file, "%llu", &nanoseconds) != 1) nanoseconds = 0;
  fclose(file);
  return (double)nanoseconds / 1e9;
}

struct cost begin_cost(const struct job* job) {
  const struct cost begin = {.broker = broker_cpu(job), .cpu = own_cpu(), .seconds = now()};
  return begin;
}

struct cost cost_since(const struct job* job, struct cost begin) {
  const struct cost spent = {.seconds = now() - begin.seconds,
                             .cpu = own_cpu() - begin.cpu,
                             .broker = broker_cpu(job) - begin.broker};
  return spent;
}

struct throughput warm_then_measure(const struct job* job, work run, void* context) {
  bool is_first = true;
  uint32_t count = 50 * (uint32_t)job->clients;
  if (count < 500) count = 500;
  for (;; is_first = false) {
    struct cost begin = begin_cost(job);
    const double done = run(context, count);
    const double took = cost_since(job, begin).seconds;
    if (took < job->warm_up) count *= 2;
    if (took < job->warm_up || is_first) continue;
    begin = begin_cost(job);
    struct throughput result = {.count = run(context, (uint32_t)(done / took * job->seconds) + 1)};
    result.cost = cost_since(job, begin);
    return result;
  }
}

double resident_memory(void) {
  unsigned long pages = 0;
  FILE* file = fopen("/proc/self/statm", "r");
  if (file == NULL || fscanf(file, "%*u %lu", &pages) != 1) fail("/proc/self/statm cannot be read");
  fclose(file);
  return (double)pages * (double)sysconf(_SC_PAGESIZE);
}
