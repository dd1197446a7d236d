// What this process holds.

import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** Resident memory in MiB: the least that is seen while the collector has its chances, as it gives memory back when it likes. */
export async function memory() {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 20; round++) {
    globalThis.gc?.();
    await delay(50);
    least = Math.min(least, process.memoryUsage.rss() / 2 ** 20);
  }
  return least;
}

/** The most resident memory so far, in MiB. */
export const peakMemory = () => process.resourceUsage().maxRSS / 1024;

export const files = () => readdirSync("/proc/self/fd").length;

export const threads = () => readdirSync("/proc/self/task").length;

/** Milliseconds that the main thread has waited for a processor, as the kernel counts. */
export const waited = () => Number(readFileSync("/proc/thread-self/schedstat", "utf8").split(" ")[1]) / 1e6;
