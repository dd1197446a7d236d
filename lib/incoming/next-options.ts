import { throwIfAborted, validateSignal } from "../util/abort.ts";
import { type Members, validateMembers } from "../util/check.ts";
import type { Timeouts } from "../util/timeouts.ts";

/** The options of `client.messages.next`. */
export interface NextOptions {
  /** Seconds to wait at most; default: no limit. */
  timeout?: number | undefined;
  /** Gives the wait up. The call rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

const NEXT_OPTIONS: Members<NextOptions> = { timeout: true, signal: true };

/** Throws for wrong options, and the signal's reason when that has been aborted already. */
export function validateNextOptions(options: NextOptions, timeouts: Timeouts): void {
  validateMembers("options", options, NEXT_OPTIONS);
  const { timeout, signal } = options;
  if (timeout !== undefined) timeouts.check("timeout", timeout);
  validateSignal(signal);
  throwIfAborted(signal);
}
