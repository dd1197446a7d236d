import { format } from "./check.ts";

/** The callbacks of one signal, and the listener that calls them all. */
interface Waiting {
  readonly callbacks: Set<() => void>;
  readonly listener: () => void;
}

const waitingFor = new WeakMap<AbortSignal, Waiting>();

/**
 * Calls back when the signal is aborted. Returns a function that cancels this. All calls share one listener per signal,
 * because Node warns of more than ten. The last cancellation removes it, because Node retains a signal of
 * `AbortSignal.any` while it has a listener.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const { callbacks, listener } = waitingFor.get(signal) ?? listen(signal);
  callbacks.add(callback);
  return () => {
    if (!callbacks.delete(callback) || callbacks.size > 0) return;
    signal.removeEventListener("abort", listener);
    waitingFor.delete(signal);
  };
}

function listen(signal: AbortSignal): Waiting {
  const callbacks = new Set<() => void>();
  const listener = () => {
    for (const callback of [...callbacks]) callback();
  };
  const waiting = { callbacks, listener };
  waitingFor.set(signal, waiting);
  signal.addEventListener("abort", listener);
  return waiting;
}

/** Throws a `TypeError` unless `signal` is undefined or an `AbortSignal`. */
export function validateSignal(signal: unknown): asserts signal is AbortSignal | undefined {
  if (signal !== undefined && !(signal instanceof AbortSignal) && !resemblesSignal(signal))
    throw new TypeError(`signal must be an AbortSignal, not ${format(signal)}`);
}

/** Returns whether a value has the used members of a signal. Other realms, such as jsdom, have classes of their own. */
function resemblesSignal(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { aborted, addEventListener, removeEventListener } = value as Partial<AbortSignal>;
  return (
    typeof aborted === "boolean" &&
    typeof addEventListener === "function" &&
    typeof removeEventListener === "function"
  );
}

/** Returns the reason of an aborted signal. Older ponyfills have none, and get an `AbortError`. */
export function abortReason(signal: AbortSignal): unknown {
  const { reason = new DOMException("This operation was aborted", "AbortError") } = signal;
  return reason;
}

/** Throws the signal's reason if it is already aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortReason(signal);
}
