import { readdirSync, readlinkSync } from "node:fs";

/** The sockets that this process has open, as the targets of their descriptors. */
export function openSockets(): string[] {
  return readdirSync("/proc/self/fd").flatMap((descriptor) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${descriptor}`);
      return target.startsWith("socket:") ? [target] : [];
    } catch {
      return []; // the descriptor of the folder itself has been closed
    }
  });
}

/** The number of threads of this process. */
export function threadCount(): number {
  return readdirSync("/proc/self/task").length;
}
