import { expect, test } from "vitest";
import { watchForStall } from "../../../lib/util/stall.ts";

test("a stall is seen once the number has stayed the same for that long", async () => {
  let looks = 0;
  const begin = performance.now();
  const { stalled } = watchForStall(0.5, () => Math.min(++looks, 4));
  await stalled;
  expect(looks).toBe(6); // one to begin with, three that see another number, two that see the same
  expect(performance.now() - begin).toBeGreaterThan(1_000);
});

test("a number that is never equal to itself does not stall", async () => {
  let hasStalled = false;
  await new Promise<void>((resolve) => {
    let looks = 0;
    const watch = watchForStall(0.25, () => {
      if (++looks === 4) {
        watch.stop();
        resolve();
      }
      return Number.NaN;
    });
    void watch.stalled.then(() => {
      hasStalled = true;
    });
  });
  expect(hasStalled).toBe(false);
});

test("a watch that was stopped looks no more", async () => {
  let looks = 0;
  watchForStall(0.25, () => ++looks).stop();
  await watchForStall(0.5, () => 0).stalled;
  expect(looks).toBe(1);
});
