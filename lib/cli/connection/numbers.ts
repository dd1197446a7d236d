import { UsageError } from "../frame/usage-error.ts";

/** Returns a whole number from `least` to `most`. */
export function wholeNumber(name: string, text: string, least: number, most: number): number {
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new UsageError(`${name} must be a whole number from ${least} to ${most}, not '${text}'.`);
}

/** Returns a number that may have decimals, from `least` to `most`. */
export function decimalNumber(name: string, text: string, least: number, most: number): number {
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new UsageError(`${name} must be a number from ${least} to ${most}, not '${text}'.`);
}

/** Returns a quality of service. */
export function parseQos(name: string, text: string): 0 | 1 | 2 {
  if (text === "0") return 0;
  if (text === "1") return 1;
  if (text === "2") return 2;
  throw new UsageError(`${name} must be 0, 1 or 2, not '${text}'.`);
}
