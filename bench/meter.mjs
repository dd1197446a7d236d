// What a stretch of work costs this process.

import { readFileSync } from "node:fs";

/** The main thread's number is the process's. Nanoseconds on a processor come first in this file. */
const threadSeconds = () =>
  Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, "utf8").split(" ", 1)[0]) / 1e9;

/** Begins to measure; the function it returns ends it: seconds of time and of processors. */
export function startMeter() {
  const thread = threadSeconds();
  const cpu = process.cpuUsage();
  const begin = performance.now();
  return () => {
    const seconds = (performance.now() - begin) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    return { seconds, cpuSeconds: (user + system) / 1e6, jsSeconds: threadSeconds() - thread };
  };
}

/** The most memory that this process ever had, in MiB. (What getrusage says of a child begins with its parent's.) */
export function peakMemory() {
  const [, kibibytes] = /VmHWM:\s*(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"));
  return Number(kibibytes) / 1024;
}
