import { throwIfAborted, validateSignal } from "../util/abort.ts";
import type { Timeouts } from "../util/timeouts.ts";
import type { CallOptions } from "./call-options.ts";

/** How long a call may take, and who may give it up. */
export interface CallLimits {
  /** Seconds. */
  timeout: number;
  signal: AbortSignal | undefined;
}

/** How long the calls of one client may take. */
export class TimeLimit {
  readonly #timeouts: Timeouts;
  #seconds: number;

  /** `seconds` has been found to be a duration. */
  constructor(seconds: number, timeouts: Timeouts) {
    timeouts.check("timeout", seconds);
    this.#timeouts = timeouts;
    this.#seconds = seconds;
  }

  /** That of calls that name none. */
  get seconds(): number {
    return this.#seconds;
  }

  set seconds(seconds: number) {
    this.#timeouts.check("timeout", seconds);
    this.#seconds = seconds;
  }

  /** That of a call. Throws the signal's reason when it has been given up already. */
  of({ timeout = this.#seconds, signal }: CallOptions): CallLimits {
    if (timeout !== this.#seconds) this.#timeouts.check("timeout", timeout);
    validateSignal(signal);
    throwIfAborted(signal);
    return { timeout, signal };
  }
}
