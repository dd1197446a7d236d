/** An axis of a plot. */
export interface Axis {
  /** The values that have a line and a number, in ascending order. */
  readonly ticks: readonly number[];
  /** Returns the distance of a value from the beginning of the axis. */
  place(value: number): number;
}

/** Returns an axis from 0 to at least `greatest`, with about so many round numbers. */
export function linearAxis(greatest: number, length: number, count: number): Axis {
  const rough = greatest / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((each) => each * power >= rough) ?? 10);
  const steps = Math.ceil(greatest / step - 1e-9);
  return {
    ticks: Array.from({ length: steps + 1 }, (_, index) => Number((index * step).toPrecision(12))),
    place: (value) => (value / (steps * step)) * length,
  };
}

/** Returns an axis that ends at `greatest`, with about so many round numbers. */
export function exactAxis(greatest: number, length: number, count: number): Axis {
  const { ticks } = linearAxis(greatest, length, count);
  return {
    ticks: ticks.filter((tick) => tick <= greatest),
    place: (value) => (value / greatest) * length,
  };
}

/** Returns an axis over whole powers of ten that contains both values, which are greater than 0. */
export function logAxis(smallest: number, greatest: number, length: number): Axis {
  const first = Math.floor(Math.log10(smallest));
  const last = Math.max(first + 1, Math.ceil(Math.log10(greatest)));
  return {
    ticks: Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index)),
    place: (value) => ((Math.log10(value) - first) / (last - first)) * length,
  };
}
