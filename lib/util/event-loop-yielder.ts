import { setImmediate } from "./timers.ts";

/** The calls of one turn that settle at once: more than the messages that a turn brings, lest those pile up. */
const AT_ONCE = 1024;

/**
 * Keeps loops from starving the event loop. A loop that awaits calls that settle at once runs on microtasks alone: no
 * timer fires, no message arrives. So a turn settles only so many calls at once, and after one that fails no other. The
 * rest of them wait for the next turn.
 */
export class EventLoopYielder<T> {
  readonly #result: T;
  readonly #done: Promise<T>;
  #count = 0;
  #nextTurn: Promise<T> | undefined;

  constructor(result: T) {
    this.#result = result;
    this.#done = Promise.resolve(result); // one promise serves all
  }

  /** The turn that calls must wait for by now; undefined: none. */
  get nextTurn(): Promise<T> | undefined {
    return this.#nextTurn;
  }

  /** The promise of a call that is done. */
  done(): Promise<T> {
    this.count();
    return this.#nextTurn ?? this.#done;
  }

  /** Counts a call that is done. */
  count(): void {
    if (this.#nextTurn === undefined && ++this.#count === AT_ONCE) this.#awaitTurn();
  }

  /** Lets the calls after this one wait for the next turn. */
  hold(): void {
    if (this.#nextTurn === undefined) this.#awaitTurn();
  }

  /** The promise of a call that fails at once. */
  reject(error: unknown): Promise<never> {
    const turn = this.#nextTurn;
    this.hold();
    if (turn === undefined) return Promise.reject(error);
    return turn.then(() => {
      throw error;
    });
  }

  #awaitTurn(): void {
    this.#nextTurn = new Promise((resolve) => {
      setImmediate(() => {
        this.#count = 0;
        this.#nextTurn = undefined;
        resolve(this.#result);
      });
    });
  }
}
