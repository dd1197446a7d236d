import { throwIfAborted, validateSignal } from "../util/abort.ts";
import type { Timeouts } from "../util/timeouts.ts";
import type { CallOptions } from "./call-options.ts";

/** The timeout and the signal of a call. */
export interface CallLimits {
  /** Seconds. */
  timeout: number;
  signal: AbortSignal | undefined;
  /** Whether the timeout is the client's, which does not run while a connection is made again. */
  isDefault: boolean;
}

/** The timeouts of one client's calls. */
export class TimeLimit {
  readonly #timeouts: Timeouts;
  #seconds: number;

  /** `seconds`: a validated duration. */
  constructor(seconds: number, timeouts: Timeouts) {
    timeouts.check("timeout", seconds);
    this.#timeouts = timeouts;
    this.#seconds = seconds;
  }

  /** The timeout of calls without one of their own. */
  get seconds(): number {
    return this.#seconds;
  }

  set seconds(seconds: number) {
    this.#timeouts.check("timeout", seconds);
    this.#seconds = seconds;
  }

  /** Returns the limits of a call. Throws the signal's reason if it is already aborted. */
  of({ timeout, signal }: CallOptions): CallLimits {
    if (timeout !== undefined && timeout !== this.#seconds) this.#timeouts.check("timeout", timeout);
    validateSignal(signal);
    throwIfAborted(signal);
    return { timeout: timeout ?? this.#seconds, signal, isDefault: timeout === undefined };
  }
}
