import type { Message } from "./message.ts";
import type { NextOptions } from "./next-options.ts";
import type { Result, Wait } from "./wait.ts";

/** The queue that iterators take from. */
export interface MessageSource {
  readonly length: number;
  take(options: NextOptions | undefined, owner: Set<Wait>): Promise<Result>;
  cancel(waits: Iterable<Wait>): void;
  atEnd(cause: undefined): Promise<Result>;
}

/**
 * One consumer of a client's messages: `for await` and `Readable.from` make one of `client.messages`. When it is left,
 * its own waits end, and the messages stay in the client's queue.
 */
export class MessageIterator implements AsyncIterableIterator<Message> {
  readonly #source: MessageSource;
  readonly #waits = new Set<Wait>();
  #isLeft = false;

  /** @internal */
  constructor(source: MessageSource) {
    this.#source = source;
  }

  /** How many messages of the client wait to be taken. */
  get length(): number {
    return this.#source.length;
  }

  /** Returns itself. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /**
   * The next message, as `client.messages.next`. After `return` the iteration is over.
   * @throws as `client.messages.next` does
   */
  next(options?: NextOptions): Promise<Result> {
    return this.#isLeft ? this.#source.atEnd(undefined) : this.#source.take(options, this.#waits);
  }

  /**
   * Leaves the iteration, and ends its waits with `done`. A message that a wait was given goes back when nobody has
   * looked at it: it is the next one.
   */
  return(): Promise<Result> {
    this.#isLeft = true;
    if (this.#waits.size > 0) this.#source.cancel([...this.#waits]);
    return Promise.resolve({ value: undefined, done: true });
  }
}
