import { deferred } from "./deferred.ts";
import { setImmediate } from "./timers.ts";

/** The functions that settle one promise. */
export interface Settle<T> {
  resolve(value: T | PromiseLike<T>): void;
  reject(error: unknown): void;
}

/** The errors per turn of the event loop that get a stack, which takes ten times as long as the rest of an error. */
const MAX_TRACED = 100;

let traced = 0;

/**
 * Rejects a promise with the error that `make` returns. Its stack names the async functions that await the promise,
 * even if a timer or a native event ends the call. V8 adds them to errors made in a reaction whose promise they
 * await.
 */
export function rejectWith<T>({ resolve, reject }: Settle<T>, make: () => unknown): void {
  if (!mayTrace()) {
    reject(withoutStack(make));
    return;
  }
  const gate = deferred<void>();
  const failing = gate.promise.then(() => {
    throw make();
  });
  // The promise must be resolved to the failing one before the error is made.
  resolve(failing);
  gate.resolve();
}

function mayTrace(): boolean {
  if (traced === 0)
    setImmediate(() => {
      traced = 0;
    }).unref();
  return ++traced <= MAX_TRACED;
}

function withoutStack(make: () => unknown): unknown {
  const { stackTraceLimit } = Error;
  Reflect.set(Error, "stackTraceLimit", 0); // does not throw if the program has frozen Error
  try {
    return make();
  } finally {
    Reflect.set(Error, "stackTraceLimit", stackTraceLimit);
  }
}
