import { setTimeout as delay } from "node:timers/promises";

/** Repeats the check until it passes. After `within` milliseconds it throws the last error of the check. */
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
