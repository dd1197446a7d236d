import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LogHistogram } from "../../../lib/util/log-histogram.ts";

const PERCENTAGES = [0, 50, 90, 99, 99.9, 100];
const values = fc.array(fc.oneof(fc.nat(100), fc.nat(1_000_000), fc.integer({ min: 0, max: 0xffff_ffff })), {
  minLength: 1,
  maxLength: 500,
});

/** The exact percentile: the smallest value that enough values do not exceed. */
function exact(sorted: readonly number[], percentage: number): number {
  return sorted[Math.max(1, Math.ceil((percentage / 100) * sorted.length)) - 1] ?? 0;
}

describe("LogHistogram", () => {
  test.each([0, 5, 8])("percentiles are too large by at most one part in 2^%i", (bits) => {
    fc.assert(
      fc.property(values, (list) => {
        const histogram = new LogHistogram(bits);
        for (const value of list) histogram.record(value);
        const sorted = list.toSorted((a, b) => a - b);
        for (const [index, found] of histogram.percentiles(PERCENTAGES).entries()) {
          const expected = exact(sorted, PERCENTAGES[index]!);
          expect(found).toBeGreaterThanOrEqual(expected);
          expect(found).toBeLessThanOrEqual(expected + expected / 2 ** bits);
        }
        expect(histogram.count).toBe(list.length);
        expect(histogram.max).toBe(sorted.at(-1));
        expect(histogram.mean).toBeCloseTo(list.reduce((sum, each) => sum + each, 0) / list.length, 3);
      }),
    );
  });

  test("the sum of two histograms is the histogram of all values", () => {
    fc.assert(
      fc.property(values, values, (one, other) => {
        const [first, second, both] = [new LogHistogram(5), new LogHistogram(5), new LogHistogram(5)];
        for (const value of one) first.record(value);
        for (const value of other) second.record(value);
        for (const value of [...one, ...other]) both.record(value);
        first.add(second);
        expect(first.percentiles(PERCENTAGES)).toEqual(both.percentiles(PERCENTAGES));
        expect([first.count, first.max]).toEqual([both.count, both.max]);
      }),
    );
  });

  test("an empty histogram has zeros, also after a reset", () => {
    const histogram = new LogHistogram(5);
    for (const value of [3, 5]) histogram.record(value);
    histogram.reset();
    expect(histogram.percentiles(PERCENTAGES)).toEqual(PERCENTAGES.map(() => 0));
    expect([histogram.count, histogram.mean, histogram.max]).toEqual([0, 0, 0]);
  });

  test.each([
    [-1, 0],
    [Number.NaN, 0],
    [1.9, 1],
    [Number.POSITIVE_INFINITY, 0xffff_ffff],
    [2 ** 32, 0xffff_ffff],
  ])("%d counts as %d", (value, expected) => {
    const histogram = new LogHistogram(8);
    histogram.record(value);
    expect(histogram.percentiles([100])).toEqual([expected]);
  });
});
