import type { Message } from "./message.ts";
import type { NextOptions } from "./next-options.ts";
import type { Result, Wait } from "./wait.ts";

/** The source of iterators. */
export interface MessageSource {
  readonly length: number;
  take(options: NextOptions | undefined, owner: Set<Wait>): Promise<Result>;
  cancel(waits: Iterable<Wait>): void;
  atEnd(cause: undefined): Promise<Result>;
}

/**
 * One consumer of a client's messages. `for await` and `Readable.from` make one from `client.messages`. Its `return`
 * ends its own waits; messages remain in the client's queue.
 */
export class MessageIterator implements AsyncIterableIterator<Message> {
  readonly #source: MessageSource;
  readonly #waits = new Set<Wait>();
  #isLeft = false;

  /** @internal */
  constructor(source: MessageSource) {
    this.#source = source;
  }

  /** The number of messages in the client's queue. */
  get length(): number {
    return this.#source.length;
  }

  /** Returns itself. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /**
   * Returns the next message as `client.messages.next` does. After `return` the iteration is done.
   * @throws as `client.messages.next` does
   */
  next(options?: NextOptions): Promise<Result> {
    return this.#isLeft ? this.#source.atEnd(undefined) : this.#source.take(options, this.#waits);
  }

  /**
   * Ends the iteration and its waits. A message that was given to a wait and not yet read returns to the queue's front.
   */
  return(): Promise<Result> {
    this.#isLeft = true;
    if (this.#waits.size > 0) this.#source.cancel([...this.#waits]);
    return Promise.resolve({ value: undefined, done: true });
  }
}
