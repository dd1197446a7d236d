import { abortReason, onAbort } from "./abort.ts";
import { startTimer } from "./duration.ts";
import { clearTimeout } from "./timers.ts";

/** The limits of a wait. */
export interface WaitLimits {
  /** Seconds. */
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Waits for a promise. Rejects with the error that `timedOut` returns after the timeout, and with the signal's reason
 * when it is aborted.
 */
export async function within<T>(
  { timeout, signal }: WaitLimits,
  promise: Promise<T>,
  timedOut: () => unknown,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let forget: (() => void) | undefined;
  try {
    return await new Promise<T>((resolve, reject) => {
      promise.then(resolve, reject);
      timer = startTimer(timeout, () => reject(timedOut()));
      if (signal !== undefined) forget = onAbort(signal, () => reject(abortReason(signal)));
    });
  } finally {
    clearTimeout(timer);
    forget?.();
  }
}
