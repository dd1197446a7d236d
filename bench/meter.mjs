// What a stretch of work costs: this process, its JavaScript thread, and the broker.

import { readFileSync } from "node:fs";

/** Seconds on a processor, of a process's first thread. It comes first in this file, in nanoseconds. */
const threadSeconds = (process) =>
  Number(readFileSync(`/proc/${process}/task/${process}/schedstat`, "utf8").split(" ", 1)[0]) / 1e9;

/** Begins to measure; the function it returns ends it: seconds of time and of processors. `broker`: its process. */
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

/** The most memory that this process ever had, in MiB. (What getrusage says of a child begins with its parent's.) */
export function peakMemory() {
  const [, kibibytes] = /VmHWM:\s*(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"));
  return Number(kibibytes) / 1024;
}
