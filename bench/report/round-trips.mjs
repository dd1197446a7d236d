// The percentiles and histograms of round trips.

/** The upper bounds of the classes of a histogram in microseconds. A further class has the longer times. */
export const bounds = [20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000];
/** The first class whose round trips are explained. */
export const slowClass = bounds.indexOf(2000) + 1;

/** Summarizes a measurement for a report, which needs no single times. */
export function summary({ times, slow = [], ...figures }) {
  const sorted = [...times].sort((a, b) => a - b);
  const percentile = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return {
    ...figures,
    count: sorted.length,
    p50: percentile(0.5),
    p90: percentile(0.9),
    p99: percentile(0.99),
    p999: percentile(0.999),
    worst: sorted.at(-1),
    histogram: histogram(sorted),
    slow: byCause(slow),
  };
}

export function histogram(times) {
  const counts = new Array(bounds.length + 1).fill(0);
  for (const time of times) counts[classify(time)]++;
  return counts;
}

const classify = (time) => {
  const found = bounds.findIndex((bound) => time <= bound);
  return found < 0 ? bounds.length : found;
};

/** { cause: histogram } */
function byCause(slow) {
  const causes = [...new Set(slow.map(({ cause }) => cause))];
  const selectTimes = (wanted) =>
    slow.filter(({ cause }) => cause === wanted).map(({ milliseconds }) => 1000 * milliseconds);
  return Object.fromEntries(causes.map((cause) => [cause, histogram(selectTimes(cause))]));
}

/** The sum of histograms. */
export const added = (histograms) =>
  histograms.reduce(
    (sum, counts) => sum.map((count, i) => count + counts[i]),
    new Array(bounds.length + 1).fill(0),
  );
