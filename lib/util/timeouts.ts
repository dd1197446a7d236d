import { validateDuration } from "./duration.ts";
import type { Log } from "./logger.ts";

/** 83 minutes. As milliseconds it is what many libraries wait for; as seconds hardly any call does. */
const SUSPICIOUS = 5000;

/** Checks the timeouts that one client is given, and warns of the first one that was probably meant in milliseconds. */
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
