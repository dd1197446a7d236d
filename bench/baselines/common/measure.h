/* Code that the baselines share: jobs, clocks and reports. ../../measure.mjs is the counterpart for clients
   in JavaScript. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A measurement. On the command line each member except the kind is a word such as qos=1. */
struct job {
  const char* kind; /* receive, publish, round-trip, connect */
  int port;
  int broker; /* a process */
  int qos;
  int size;    /* of a payload */
  int topics;  /* that messages come from or go to, in turn */
  int clients; /* in this process */
  int window;  /* publishes in flight */
  int paced;   /* round trips: 1 begins one in each millisecond, even if earlier ones have not ended */
  double seconds;
  double warm_up;
};

/** Parses the command line. Exits when it is invalid. */
struct job read_job(int count, char** arguments);

/** Ends the program with a text, because any fault invalidates the measurement. */
#ifdef __cplusplus
[[noreturn]]
#else
_Noreturn
#endif
void fail(const char* format, ...) __attribute__((format(printf, 1, 2)));

/** Seconds of the monotonic clock. */
double now(void);
void wait_until(double time);

/** The cost of some work. */
struct cost {
  double seconds;
  double cpu;    /* of this process */
  double broker; /* of the broker */
};

struct cost begin_cost(const struct job* job);
/** The cost since `begin`. */
struct cost cost_since(const struct job* job, struct cost begin);

/** Does at least `count` units of work, and returns their number. */
typedef uint32_t (*work)(void* context, uint32_t count);

struct throughput {
  uint32_t count;
  struct cost cost;
};
/**
 * Runs the work with growing counts until it is warm, at least twice, and then once for about the job's
 * seconds.
 */
struct throughput warm_then_measure(const struct job* job, work run, void* context);

/** The totals that this process and the broker must agree on. */
struct totals {
  uint64_t connections;
  uint64_t received; /* messages that the broker sent without a publish */
  uint64_t published;
  uint64_t echoed;
};

/* Each function prints one line of JSON. */
void report_throughput(struct throughput result, struct totals totals);
/** `times` are those of the round trips, in seconds. */
void report_round_trips(const double* times, uint32_t count, struct cost cost, struct totals totals);
/** `memory` is the number of bytes for each idle client; it is negative when it was not measured. */
void report_connects(double seconds, double cpu, double memory, struct totals totals);

/** The resident bytes of this process. */
double resident_memory(void);

/* Payloads of the benchmark and the mock broker: a sequence number, followed by bytes that equal their own
   offsets. */

uint8_t* new_payload(size_t size);
void set_payload_sequence(uint8_t* payload, uint32_t sequence);
uint32_t payload_sequence(const uint8_t* payload);
/** Fails unless the number and size are right, and all bytes of every hundredth message. */
void check_payload(const uint8_t* payload, size_t size, const uint8_t* expected, size_t expected_size,
                   uint32_t sequence);

#ifdef __cplusplus
}
#endif
