import { validateDuration } from "./duration.ts";
import type { Log } from "./logger.ts";

/** A timeout of 83 minutes. In milliseconds it is usual, in seconds hardly any call needs it. */
const SUSPICIOUS = 5000;

/** Checks the timeouts of one client, and warns of the first one that was probably meant in milliseconds. */
export class Timeouts {
  readonly #log: Log;
  #hasWarned = false;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Throws unless `seconds` is a duration. */
  check(name: string, seconds: unknown): void {
    validateDuration(name, seconds);
    if (seconds < SUSPICIOUS || seconds === Number.POSITIVE_INFINITY || this.#hasWarned) return;
    this.#hasWarned = true;
    const hours = (seconds / 3600).toLocaleString("en", { maximumFractionDigits: 1 });
    this.#log.warn(
      `A timeout of ${seconds} is ${hours} hours: timeouts are in seconds, not in milliseconds.`,
    );
  }
}
