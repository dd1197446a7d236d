#include <stdio.h>

#include "measure.h"

/** The peak memory of this process in MiB. The figure of getrusage would start with the parent's peak. */
static double peak_memory(void) {
  char line[256];
  unsigned long kibibytes = 0;
  FILE* file = fopen("/proc/self/status", "r");
  if (file == NULL) fail("/proc/self/status cannot be read");
  while (fgets(line, sizeof line, file) != NULL) {
    if (sscanf(line, "VmHWM: %lu kB", &kibibytes) == 1) break;
  }
  fclose(file);
  return (double)kibibytes / 1024;
}

/** Prints the figures that every report ends with. */
static void end_report(struct totals totals) {
  printf(
      "\"connections\":%llu,\"received\":%llu,\"published\":%llu,\"echoed\":%llu,\"peakMebibytes\":%.3f}\n",
      (unsigned long long)totals.connections, (unsigned long long)totals.received,
      (unsigned long long)totals.published, (unsigned long long)totals.echoed, peak_memory());
}

void report_throughput(struct throughput result, struct totals totals) {
  const double count = result.count;
  printf("{\"count\":%u,\"rate\":%.1f,\"cpuMicroseconds\":%.4f,\"brokerShare\":%.4f,", result.count,
         count / result.cost.seconds, result.cost.cpu / count * 1e6,
         result.cost.broker / result.cost.seconds);
  end_report(totals);
}

void report_round_trips(const double* times, uint32_t count, struct cost cost, struct totals totals) {
  printf("{\"cpuMicroseconds\":%.4f,\"times\":[", cost.cpu / count * 1e6);
  for (uint32_t i = 0; i < count; i++) printf("%s%.1f", i == 0 ? "" : ",", times[i] * 1e6);
  printf("],");
  end_report(totals);
}

void report_connects(double seconds, double cpu, double memory, struct totals totals) {
  printf("{\"milliseconds\":%.3f,\"cpuMilliseconds\":%.3f,", seconds * 1000, cpu * 1000);
  if (memory >= 0) printf("\"idleKibibytes\":%.2f,", memory / 1024);
  end_report(totals);
}
