import { readdirSync, readlinkSync } from "node:fs";

/** The descriptors that this process has open, as what they lead to. */
export function openSockets(): string[] {
  return readdirSync("/proc/self/fd").flatMap((descriptor) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${descriptor}`);
      return target.startsWith("socket:") ? [target] : [];
    } catch {
      return []; // it was the folder's own
    }
  });
}

/** How many threads this process has. */
export function threadCount(): number {
  return readdirSync("/proc/self/task").length;
}
