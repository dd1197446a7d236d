import { DeferredMessage } from "./deferred-message.ts";
import type { Message } from "./message.ts";
import type { NextOptions } from "./next-options.ts";
import type { Result, Wait } from "./wait.ts";

/** The body of a loop. */
export interface Consumer {
  /** The program gets this message at once. */
  beginBody(message: Message): void;
}

/** The source of iterators. */
export interface MessageSource {
  readonly length: number;
  /** Returns the next message. `consumer` begins the body of one that is there. */
  take(options: NextOptions | undefined, owner: Set<Wait>, consumer?: Consumer): Promise<Result>;
  cancel(waits: Iterable<Wait>): void;
  atEnd(cause: undefined): Promise<Result>;
  /** Puts a message back, before all others. */
  putBackFirst(message: Message): void;
  beginBody(): void;
  endBody(): void;
}

/**
 * One consumer of a queue of messages. `for await` and `Readable.from` make one from `client.messages` or a stream. Its
 * `return` ends its own waits; messages remain in the queue.
 *
 * With `acknowledge: "processed"` each call of `next` acknowledges the message of the call before. The message that the
 * iteration is left with is not acknowledged: it goes back to the front of the queue.
 */
export class MessageIterator implements AsyncIterableIterator<Message> {
  readonly #source: MessageSource;
  readonly #acknowledges: boolean;
  readonly #waits = new Set<Wait>();
  #isLeft = false;
  /** The message whose body runs. */
  #current: Message | undefined;

  /** @internal `acknowledges`: whether `next` acknowledges the message before. */
  constructor(source: MessageSource, acknowledges = false) {
    this.#source = source;
    this.#acknowledges = acknowledges;
  }

  /** The number of messages in the queue. */
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
    if (this.#isLeft) return this.#source.atEnd(undefined);
    if (!this.#acknowledges) return this.#source.take(options, this.#waits);
    this.#endBody();
    const result = this.#source.take(options, this.#waits, this);
    return this.#current === undefined ? this.#whenRead(result) : result;
  }

  /**
   * Ends the iteration and its waits. A message that was given to a wait and not yet read returns to the queue's front.
   */
  return(): Promise<Result> {
    this.#isLeft = true;
    if (this.#waits.size > 0) this.#source.cancel([...this.#waits]);
    this.#leaveBody();
    return Promise.resolve({ value: undefined, done: true });
  }

  /** Begins the body of a message that was waited for. */
  async #whenRead(waiting: Promise<Result>): Promise<Result> {
    const result = await waiting;
    if (result.done) return result;
    if (this.#isLeft) {
      this.#source.putBackFirst(result.value);
      return { value: undefined, done: true };
    }
    this.beginBody(result.value);
    return result;
  }

  /** @internal The body of a message runs until the next call. */
  beginBody(message: Message): void {
    if (this.#current === undefined) this.#source.beginBody();
    this.#current = message;
  }

  #endBody(): void {
    const message = this.#current;
    if (message === undefined) return;
    this.#current = undefined;
    DeferredMessage.readPart(message)?.acknowledge();
    this.#source.endBody();
  }

  #leaveBody(): void {
    const message = this.#current;
    if (message === undefined) return;
    this.#current = undefined;
    const part = DeferredMessage.readPart(message);
    if (part !== undefined && !part.isDone) this.#source.putBackFirst(message);
    this.#source.endBody();
  }
}
