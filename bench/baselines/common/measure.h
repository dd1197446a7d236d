/* What the programs that mark limits share: their job, their clocks, and their report. ../../measure.mjs is
   the same for clients in JavaScript. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What is to be measured. On the command line each of these but the kind is a word like qos=1. */
struct job {
  const char* kind; /* receive, publish, round-trip, connect */
  int port;
  int broker; /* its process */
  int qos;
  int size;    /* of a payload */
  int topics;  /* that messages come from, or go to, in turn */
  int clients; /* in this process */
  int window;  /* publishes that are under way at once */
  int paced;   /* round trips: 1 begins one each millisecond, whether or not those before have ended */
  double seconds;
  double warm_up;
};

/** Exits when they make no sense. */
struct job read_job(int count, char** arguments);

/** Ends the program with a text. Whatever is not as it should be makes a measurement worthless. */
#ifdef __cplusplus
[[noreturn]]
#else
_Noreturn
#endif
void fail(const char* format, ...) __attribute__((format(printf, 1, 2)));

/** Seconds of the monotonic clock. */
double now(void);
void wait_until(double time);

/** What a stretch of work cost. */
struct cost {
  double seconds;
  double cpu;    /* of this process */
  double broker; /* of the broker */
};

struct cost begin_cost(const struct job* job);
/** What has been spent since. */
struct cost cost_since(const struct job* job, struct cost begin);

/** Does so many units of work, or a few more: returns how many. */
typedef uint32_t (*work)(void* context, uint32_t count);

struct throughput {
  uint32_t count;
  struct cost cost;
};
/** Runs ever longer until it is warm, at least twice, then once for about the job's seconds. */
struct throughput warm_then_measure(const struct job* job, work run, void* context);

/** What this process and the broker must agree about. */
struct totals {
  uint64_t connections;
  uint64_t received; /* messages that the broker sent on its own */
  uint64_t published;
  uint64_t echoed;
};

/* Each prints one line of JSON. */
void report_throughput(struct throughput result, struct totals totals);
/** `times`: of each round trip, in seconds. */
void report_round_trips(const double* times, uint32_t count, struct cost cost, struct totals totals);
/** `memory`: bytes that each idle client takes; below 0 when that was not measured. */
void report_connects(double seconds, double cpu, double memory, struct totals totals);

/** Bytes of this process in RAM. */
double resident_memory(void);

/* Payloads, as the stand-in makes and expects them: a sequence number, then bytes that are their own offsets.
 */

uint8_t* new_payload(size_t size);
void set_payload_sequence(uint8_t* payload, uint32_t sequence);
uint32_t payload_sequence(const uint8_t* payload);
/** Fails unless it is that message: its number and its size are looked at, and of every hundredth all bytes.
 */
void check_payload(const uint8_t* payload, size_t size, const uint8_t* expected, size_t expected_size,
                   uint32_t sequence);

#ifdef __cplusplus
}
#endif
