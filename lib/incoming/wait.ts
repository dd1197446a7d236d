import { onAbort, reasonOf } from "../basics/abort.ts";
import { startTimer } from "../basics/duration.ts";
import { clearTimeout } from "../basics/timers.ts";
import { MqttError } from "../protocol/errors.ts";
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
  #resolve!: (result: Result) => void;
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

  /** Calls back with the error to reject with, when the wait takes too long or its signal is aborted. */
  limit({ timeout = Number.POSITIVE_INFINITY, signal }: NextOptions, giveUp: (error: unknown) => void): void {
    const timer = startTimer(timeout, () =>
      giveUp(new MqttError("Operation timed out", { code: "TIMEOUT" })),
    );
    const unlisten = signal && onAbort(signal, () => giveUp(reasonOf(signal)));
    this.#forget = () => {
      clearTimeout(timer);
      unlisten?.();
    };
  }

  /** Resolves with a message, in that turn of the event loop, if there is one. */
  give(given: Given, turn: Promise<void> | undefined): void {
    this.#forget?.();
    const result: Result = { value: given.message, done: false };
    if (this.#owner !== undefined) this.#given = { given, result };
    settle(turn, () => this.#resolve(result));
  }

  /** Rejects, in that turn of the event loop, if there is one. */
  fail(error: unknown, turn?: Promise<void>): void {
    this.#leave();
    settle(turn, () => this.#reject(error));
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
    this.#owner?.delete(this);
  }
}

function settle(turn: Promise<void> | undefined, now: () => void): void {
  if (turn === undefined) now();
  else void turn.then(now);
}
