import { setTimeout as delay } from "node:timers/promises";

/** Looks again and again until the check passes; within that many milliseconds, else it fails with what the check last said. */
export async function eventually(check: () => void | Promise<void>, within = 5_000): Promise<void> {
  const deadline = performance.now() + within;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    await delay(10);
  }
}
