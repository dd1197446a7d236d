import { format } from "./check.ts";
import { setTimeout } from "./timers.ts";

/** The longest delay of a Node.js timer in seconds, which is 24.8 days. */
const LONGEST_DELAY = 2_147_483.647;

/** Throws unless `seconds` is a duration: a number from 0 to Infinity. */
export function validateDuration(name: string, seconds: unknown): asserts seconds is number {
  if (typeof seconds !== "number")
    throw new TypeError(`${name} must be a number of seconds, not ${format(seconds)}`);
  if (!(seconds >= 0))
    throw new RangeError(`${name} must be from 0 to Infinity seconds, not ${format(seconds)}`);
}

/**
 * Calls back after so many seconds, unless `clearTimeout` is called before. A delay beyond that of a Node.js timer is
 * endless.
 */
export function startTimer(seconds: number, callback: () => void): NodeJS.Timeout | undefined {
  return seconds > LONGEST_DELAY ? undefined : setTimeout(callback, seconds * 1000);
}
