// Fake timers (Jest, Sinon, Vitest) replace the global functions, before or after this module is loaded. Their clock
// stands still, so a call that waits for it would hang. Modules of Node.js export the runtime's functions.

import { performance } from "node:perf_hooks";
import * as timers from "node:timers";

// The results are objects with `unref` in every environment. The results of jsdom's global functions are numbers.
export const clearTimeout: typeof timers.clearTimeout = timers.clearTimeout;
export const setImmediate: typeof timers.setImmediate = timers.setImmediate;
export const setTimeout: typeof timers.setTimeout = timers.setTimeout;

/** Returns the milliseconds of a monotonic clock. */
export const now: () => number = performance.now.bind(performance);

const settled = Promise.resolve();

/** Calls back in a microtask. No module exports the runtime's own function. */
export function queueMicrotask(callback: () => void): void {
  void settled.then(callback);
}
