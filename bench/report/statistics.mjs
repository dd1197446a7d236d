export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The median of a figure; undefined when it was not measured. */
export function medianFor(results, key) {
  const values = (results ?? []).map((result) => result[key]).filter((value) => value !== undefined);
  return values.length > 0 ? median(values) : undefined;
}

/** The median of ratios. Each ratio is of two measurements of one round, which had about the same conditions. */
export function ratioFor(results, others, key) {
  if (medianFor(results, key) === undefined || medianFor(others, key) === undefined) return undefined;
  return median(results.map((result, round) => result[key] / others[round][key]));
}
