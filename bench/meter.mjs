// Measures the processor time of this process, its JavaScript thread, and the broker.

import { readFileSync } from "node:fs";

/** Seconds that the first thread of a process has run. They are the first number in the file, in nanoseconds. */
const threadSeconds = (process) =>
  Number(readFileSync(`/proc/${process}/task/${process}/schedstat`, "utf8").split(" ", 1)[0]) / 1e9;

/**
 * Starts a measurement and returns a function that ends it with the seconds of time and processors. `broker` is a
 * process.
 */
export function startMeter(broker) {
  const ofBroker = threadSeconds(broker);
  const ofThread = threadSeconds(process.pid);
  const cpu = process.cpuUsage();
  const begin = performance.now();
  return () => {
    const seconds = (performance.now() - begin) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    return {
      seconds,
      cpuSeconds: (user + system) / 1e6,
      jsSeconds: threadSeconds(process.pid) - ofThread,
      brokerSeconds: threadSeconds(broker) - ofBroker,
    };
  };
}

/** The peak memory of this process in MiB. The figure of getrusage would start with the parent's peak. */
export function peakMemory() {
  const [, kibibytes] = /VmHWM:\s*(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"));
  return Number(kibibytes) / 1024;
}
