import { throwIfAborted, validateSignal } from "../util/abort.ts";
import { type Members, validateMembers } from "../util/check.ts";
import type { Timeouts } from "../util/timeouts.ts";

/** The options of `client.messages.next`. */
export interface NextOptions {
  /** Seconds to wait; default: no limit. */
  timeout?: number | undefined;
  /** Aborts the wait. The call rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

const NEXT_OPTIONS: Members<NextOptions> = { timeout: true, signal: true };

/** Throws for invalid options, and throws the signal's reason if it is already aborted. */
export function validateNextOptions(options: NextOptions, timeouts: Timeouts): void {
  validateMembers("options", options, NEXT_OPTIONS);
  const { timeout, signal } = options;
  if (timeout !== undefined) timeouts.check("timeout", timeout);
  validateSignal(signal);
  throwIfAborted(signal);
}
