// Fake timers (Jest, Sinon, Vitest) replace the global functions, before or after this module is loaded, and their clock
// stands still: a call that waited for it would hang. Modules of Node export the functions of the runtime in either case.

import { performance } from "node:perf_hooks";
import * as timers from "node:timers";

// They return objects with `unref` in every environment; jsdom's global ones return numbers.
export const clearTimeout: typeof timers.clearTimeout = timers.clearTimeout;
export const setImmediate: typeof timers.setImmediate = timers.setImmediate;
export const setTimeout: typeof timers.setTimeout = timers.setTimeout;

/** Milliseconds of a clock that never goes back. */
export const now: () => number = performance.now.bind(performance);

const settled = Promise.resolve();

/** Calls back after the code that is running, before the event loop goes on. No module exports the runtime's own function. */
export function queueMicrotask(callback: () => void): void {
  void settled.then(callback);
}
