export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The medians of every number in these objects. */
export function medians(results) {
  const numbers = Object.entries(results[0]).filter(([, value]) => typeof value === "number");
  return Object.fromEntries(numbers.map(([key]) => [key, median(results.map((result) => result[key]))]));
}

/** The median of the ratios, each between two measurements of one round, which saw about the same machine. */
export const ratio = (results, others, key) =>
  median(results.map((result, round) => result[key] / others[round][key]));
