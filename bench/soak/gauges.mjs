// The resources of this process.

import { openSync, readdirSync, readSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** The minimum of resident memory in MiB over repeated garbage collections, because V8 returns memory late. */
export async function memory() {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 20; round++) {
    globalThis.gc?.();
    await delay(50);
    least = Math.min(least, process.memoryUsage.rss() / 2 ** 20);
  }
  return least;
}

/** The peak of resident memory so far, in MiB. */
export const peakMemory = () => process.resourceUsage().maxRSS / 1024;

export const files = () => readdirSync("/proc/self/fd").length;

export const threads = () => readdirSync("/proc/self/task").length;

const schedule = openSync("/proc/thread-self/schedstat", "r");
const text = Buffer.alloc(64);

/** Milliseconds that the main thread has waited for a processor, according to the kernel. */
export function waited() {
  const size = readSync(schedule, text, 0, text.length, 0);
  return Number(text.toString("latin1", 0, size).split(" ")[1]) / 1e6;
}
