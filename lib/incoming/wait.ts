import { MqttError } from "../protocol/errors.ts";
import { onAbort, reasonOf } from "../util/abort.ts";
import { startTimer } from "../util/duration.ts";
import { rejectWith } from "../util/rejection.ts";
import { clearTimeout } from "../util/timers.ts";
import type { Given } from "./incoming-queue.ts";
import type { Message } from "./message.ts";
import type { NextOptions } from "./next-options.ts";

/** The result of `next`. */
export type Result = IteratorResult<Message, undefined>;

/** One call of `next` that waits for a message. Each of its methods but `limit` ends it. */
export class Wait {
  readonly promise: Promise<Result>;
  /** The waits that can be cancelled together; this one is among them until its message is taken. */
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
    // Runs right before the code that awaits the promise: nothing comes between, and the message is taken then.
    const taken = () => owner.delete(this);
    this.promise.then(taken, taken);
  }

  /** Calls back with the function that rejects, when the wait takes too long or its signal is aborted. */
  limit(options: NextOptions, broker: string, giveUp: (fail: () => void) => void): void {
    this.#forget = startLimit(this, options, broker, giveUp);
  }

  /** Resolves with a message, in that turn of the event loop, if there is one. */
  give(given: Given, turn: Promise<void> | undefined): void {
    this.#forget?.();
    this.#forget = undefined;
    const result: Result = { value: given.message, done: false };
    if (this.#owner !== undefined) this.#given = { given, result };
    settle(turn, () => this.#resolve(result));
  }

  /** Rejects, in that turn of the event loop, if there is one. */
  fail(error: unknown, turn?: Promise<void>): void {
    this.#leave();
    settle(turn, () => this.#reject(error));
  }

  /** Rejects with the error that `make` returns, and with a stack that names the caller. */
  failWith(make: () => MqttError, turn?: Promise<void>): void {
    this.#leave();
    settle(turn, () => rejectWith({ resolve: this.#resolve, reject: this.#reject }, make));
  }

  /** Resolves to the end of the iteration, in that turn of the event loop, if there is one. */
  end(turn?: Promise<void>): void {
    this.#leave();
    settle(turn, () => this.#resolve({ value: undefined, done: true }));
  }

  /** Ends the iteration for the code that awaits the promise. Returns the message that it has not taken, if any. */
  cancel(): Given | undefined {
    if (this.#given === undefined) {
      this.end();
      return undefined;
    }
    this.#leave();
    // The promise has this object for its result already, or will have it.
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

// A function outside the class: closures that a method makes kept messages, and the blocks under their payloads, until
// the next full garbage collection.
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
  const unlisten = signal && onAbort(signal, () => giveUp(() => wait.fail(reasonOf(signal))));
  return () => {
    clearTimeout(timer);
    unlisten?.();
  };
}
