import { expect, test } from "vitest";
import { Backoff } from "../../../lib/session/backoff.ts";
import { Random } from "../../support/random.ts";

const SAMPLES = 20_000;

/** Delays before round n of many clients. */
function delaysBefore(round: number, settings: { minDelay: number; maxDelay: number }): number[] {
  const random = new Random(round + 1);
  return Array.from({ length: SAMPLES }, () => {
    const backoff = new Backoff(settings, () => random.next());
    for (let skipped = 0; skipped < round; skipped++) backoff.skip();
    return backoff.next();
  });
}

/** The greatest distance between the distribution of some numbers and the uniform one (Kolmogorov and Smirnov). */
function distanceFromUniform(numbers: readonly number[], limit: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return Math.max(...sorted.map((number, index) => Math.abs(number / limit - index / sorted.length)));
}

/** One sample of uniform numbers in a thousand has a greater distance. */
const CRITICAL = 1.95 / Math.sqrt(SAMPLES);

test.each([
  [0, 0.25],
  [5, 8],
  [6, 16],
  [7, 30],
  [8, 30],
  [60, 30],
])("the delay before round %i is uniform up to %d s", (round, limit) => {
  const delays = delaysBefore(round, { minDelay: 0.25, maxDelay: 30 });
  const least = round === 0 ? 0 : 0.125;
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(least);
  expect(Math.max(...delays)).toBeLessThanOrEqual(limit);
  // The lower limit takes the place of shorter delays.
  expect(distanceFromUniform(delays, limit)).toBeLessThan(CRITICAL + least / limit);
});

test("from the second round on, the delay is at least half of minDelay", () => {
  for (const round of [1, 2, 10]) {
    const delays = delaysBefore(round, { minDelay: 4, maxDelay: 100 });
    expect(Math.min(...delays)).toBe(2);
  }
});

test("maxDelay limits also the least delay", () => {
  const backoff = new Backoff({ minDelay: 1, maxDelay: 1 }, () => 0);
  expect([backoff.next(), backoff.next(), backoff.next()]).toEqual([0, 0.5, 0.5]);
  expect(delaysBefore(3, { minDelay: 0, maxDelay: 0 })).toEqual(Array(SAMPLES).fill(0));
});

test("the delay after an error that lasts is uniform between half of maxDelay and maxDelay", () => {
  const random = new Random(7);
  const backoff = new Backoff({ minDelay: 0.25, maxDelay: 30 }, () => random.next());
  const delays = Array.from({ length: SAMPLES }, () => backoff.slow() - 15);
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...delays)).toBeLessThanOrEqual(15);
  expect(distanceFromUniform(delays, 15)).toBeLessThan(CRITICAL);
});

test("a reset begins with the first limit again", () => {
  const backoff = new Backoff({ minDelay: 1, maxDelay: 8 }, () => 1);
  expect([backoff.next(), backoff.next(), backoff.next(), backoff.next(), backoff.next()]).toEqual([
    1, 2, 4, 8, 8,
  ]);
  backoff.reset();
  expect([backoff.next(), backoff.next()]).toEqual([1, 2]);
});
