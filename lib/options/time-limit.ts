import { validateSignal } from "../basics/abort.ts";
import { validateDuration } from "../basics/duration.ts";
import type { CallOptions } from "./call-options.ts";

/** How long a call may take, and who may give it up. */
export interface CallLimits {
  /** Seconds. */
  timeout: number;
  signal: AbortSignal | undefined;
}

/** How long the calls of one client may take. */
export class TimeLimit {
  #seconds: number;

  constructor(seconds: number) {
    this.#seconds = seconds;
  }

  /** That of calls that name none. */
  get seconds(): number {
    return this.#seconds;
  }

  set seconds(seconds: number) {
    validateDuration("timeout", seconds);
    this.#seconds = seconds;
  }

  /** That of a call. Throws the signal's reason when it has been given up already. */
  of({ timeout = this.#seconds, signal }: CallOptions): CallLimits {
    if (timeout !== this.#seconds) validateDuration("timeout", timeout);
    validateSignal(signal);
    signal?.throwIfAborted();
    return { timeout, signal };
  }
}
