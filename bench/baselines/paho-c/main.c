/* The limit of the engine: plain C on unmodified Paho. See ../../README.md. */

#include <stdio.h>
#include <string.h>

#include "paho_c.h"

static const struct {
  const char* name;
  void (*run)(const struct job* job);
} kinds[] = {
    {"receive", receive}, {"publish", publish}, {"round-trip", round_trip}, {"connect", connect_clients}};

int main(int argc, char** argv) {
  const struct job job = read_job(argc, argv);
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    if (strcmp(kinds[i].name, job.kind) != 0) continue;
    kinds[i].run(&job);
    return 0;
  }
  fail("There is no kind of measurement %s", job.kind);
}
