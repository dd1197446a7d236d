import { MqttError } from "../protocol/errors.ts";
import { abortReason, onAbort } from "../util/abort.ts";
import { startTimer } from "../util/duration.ts";
import { rejectWith } from "../util/rejection.ts";
import { clearTimeout } from "../util/timers.ts";
import type { Given } from "./incoming-queue.ts";
import type { Message } from "./message.ts";
import type { NextOptions } from "./next-options.ts";

/** The result of `next`. */
export type Result = IteratorResult<Message, undefined>;

/** A call of `next` that waits for a message. Each of its methods except `limit` ends it. */
export class Wait {
  readonly promise: Promise<Result>;
  /** The waits of the iterator. It contains this one until its message is read. */
  readonly #owner: Set<Wait> | undefined;
  #resolve!: (result: Result | PromiseLike<Result>) => void;
  #reject!: (error: unknown) => void;
  #forget: (() => void) | undefined;
  #given: { readonly given: Given; readonly result: Result } | undefined;

  constructor(owner: Set<Wait> | undefined) {
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#owner = owner;
    if (owner === undefined) return;
    owner.add(this);
    // Runs directly before the code that awaits the promise, which then has read the message.
    const taken = () => owner.delete(this);
    this.promise.then(taken, taken);
  }

  /** Applies timeout and signal. On either it calls `giveUp` with the function that rejects. */
  limit(options: NextOptions, broker: string, giveUp: (fail: () => void) => void): void {
    this.#forget = startLimit(this, options, broker, giveUp);
  }

  /** Resolves with a message, after `turn` if given. */
  give(given: Given, turn: Promise<void> | undefined): void {
    this.#forget?.();
    this.#forget = undefined;
    const result: Result = { value: given.message, done: false };
    if (this.#owner !== undefined) this.#given = { given, result };
    settle(turn, () => this.#resolve(result));
  }

  /** Rejects, after `turn` if given. */
  fail(error: unknown, turn?: Promise<void>): void {
    this.#leave();
    settle(turn, () => this.#reject(error));
  }

  /** Rejects with the error that `make` returns. The error's stack names the caller. */
  failWith(make: () => MqttError, turn?: Promise<void>): void {
    this.#leave();
    settle(turn, () => rejectWith({ resolve: this.#resolve, reject: this.#reject }, make));
  }

  /** Resolves to the end of the iteration, after `turn` if given. */
  end(turn?: Promise<void>): void {
    this.#leave();
    settle(turn, () => this.#resolve({ value: undefined, done: true }));
  }

  /** Ends the iteration for the code that awaits the promise. Returns its message if it has not read that. */
  cancel(): Given | undefined {
    if (this.#given === undefined) {
      this.end();
      return undefined;
    }
    this.#leave();
    // The promise is, or will be, resolved with this object.
    Object.assign(this.#given.result, { value: undefined, done: true });
    return this.#given.given;
  }

  #leave(): void {
    this.#forget?.();
    this.#forget = undefined;
    this.#owner?.delete(this);
  }
}

function settle(turn: Promise<void> | undefined, now: () => void): void {
  if (turn === undefined) now();
  else void turn.then(now);
}

// A function outside the class. Closures made by a method kept messages and the memory of their payloads until the next
// full garbage collection.
function startLimit(
  wait: Wait,
  { timeout = Number.POSITIVE_INFINITY, signal }: NextOptions,
  broker: string,
  giveUp: (fail: () => void) => void,
): () => void {
  const timedOut = () =>
    new MqttError("Operation timed out", {
      code: "TIMEOUT",
      context: `next message, ${broker}, limit ${timeout} s`,
    });
  const timer = startTimer(timeout, () => giveUp(() => wait.failWith(timedOut)));
  const unlisten = signal && onAbort(signal, () => giveUp(() => wait.fail(abortReason(signal))));
  return () => {
    clearTimeout(timer);
    unlisten?.();
  };
}
