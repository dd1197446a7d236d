import { setImmediate } from "./timers.ts";

/** The calls of one turn that settle at once. It exceeds the messages of one turn, so that they do not accumulate. */
const AT_ONCE = 1024;

/**
 * Prevents loops from starving the event loop. A loop that awaits calls which settle at once runs on microtasks only,
 * so no timer fires and no message arrives. Therefore only a number of calls per turn settle at once, and none after
 * a failed one. Further calls settle in the next turn.
 */
export class EventLoopYielder<T> {
  readonly #result: T;
  readonly #done: Promise<T>;
  #count = 0;
  #nextTurn: Promise<T> | undefined;

  constructor(result: T) {
    this.#result = result;
    this.#done = Promise.resolve(result); // shared by all calls
  }

  /** Resolves in the next turn, if calls must wait for it; otherwise undefined. */
  get nextTurn(): Promise<T> | undefined {
    return this.#nextTurn;
  }

  /** Returns the promise of a call that has succeeded. */
  done(): Promise<T> {
    this.count();
    return this.#nextTurn ?? this.#done;
  }

  /** Counts a call that has succeeded. */
  count(): void {
    if (this.#nextTurn === undefined && ++this.#count === AT_ONCE) this.#awaitTurn();
  }

  /** Makes later calls wait for the next turn. */
  hold(): void {
    if (this.#nextTurn === undefined) this.#awaitTurn();
  }

  /** Returns the promise of a call that fails at once. */
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
