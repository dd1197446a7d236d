import { setImmediate } from "./timers.ts";

/**
 * So many calls may be done at once before the event loop gets its turn: more than the messages that a turn brings, lest
 * those pile up.
 */
const AT_ONCE = 1024;

/**
 * Calls that are done as soon as they are made would let a loop that awaits them run on microtasks alone: no timer would
 * fire, no message arrive. So after a number of them the rest of the turn waits for the next.
 */
export class Pace<T> {
  readonly #result: T;
  readonly #done: Promise<T>;
  #count = 0;
  #nextTurn: Promise<T> | undefined;

  constructor(result: T) {
    this.#result = result;
    this.#done = Promise.resolve(result); // one promise serves all
  }

  /** What calls have to wait for by now; undefined: nothing. */
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
