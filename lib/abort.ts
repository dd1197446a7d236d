const callbacks = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls back when the signal is aborted; returns what takes that back. However many wait for one signal, it has one
 * listener: Node warns of more than ten, and a signal for all of a program's calls is nothing to warn of.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const waiting = callbacks.get(signal) ?? listen(signal);
  waiting.add(callback);
  return () => {
    waiting.delete(callback);
  };
}

/** Listens once, for as long as the signal lives: it is what holds the listener. */
function listen(signal: AbortSignal): Set<() => void> {
  const waiting = new Set<() => void>();
  callbacks.set(signal, waiting);
  signal.addEventListener("abort", () => {
    for (const callback of [...waiting]) callback();
  });
  return waiting;
}
