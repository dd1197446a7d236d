import { format } from "./check.ts";

/** The calls that wait for one signal: its listener calls them all back. */
interface Waiting {
  readonly callbacks: Set<() => void>;
  readonly listener: () => void;
}

const waitingFor = new WeakMap<AbortSignal, Waiting>();

/**
 * Calls back when the signal is aborted; returns a function that takes that back. A signal has one listener of ours,
 * however many calls wait for it: Node warns of more than ten. It has none when no call waits any more: as long as a
 * signal of `AbortSignal.any` has one, Node keeps it.
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

/** Throws a `TypeError` unless it is undefined or an `AbortSignal`. */
export function validateSignal(signal: unknown): asserts signal is AbortSignal | undefined {
  if (signal !== undefined && !(signal instanceof AbortSignal) && !resemblesSignal(signal))
    throw new TypeError(`signal must be an AbortSignal, not ${format(signal)}`);
}

/** Whether it has what is used of a signal: other realms, such as jsdom, and ponyfills have classes of their own. */
function resemblesSignal(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { aborted, addEventListener, removeEventListener } = value as Partial<AbortSignal>;
  return (
    typeof aborted === "boolean" &&
    typeof addEventListener === "function" &&
    typeof removeEventListener === "function"
  );
}

/** The reason of a signal that is aborted. Older ponyfills have none. */
export function reasonOf(signal: AbortSignal): unknown {
  const { reason = new DOMException("This operation was aborted", "AbortError") } = signal;
  return reason;
}

/** Throws the signal's reason when it is aborted already. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw reasonOf(signal);
}
