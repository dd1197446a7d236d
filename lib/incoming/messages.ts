import { MqttError } from "../protocol/errors.ts";
import { EventLoopYielder } from "../util/event-loop-yielder.ts";
import { inspectAs } from "../util/inspection.ts";
import type { Timeouts } from "../util/timeouts.ts";
import { type Given, IncomingQueue, type IncomingQueueOptions } from "./incoming-queue.ts";
import type { Message } from "./message.ts";
import { MessageIterator } from "./message-iterator.ts";
import { type NextOptions, validateNextOptions } from "./next-options.ts";
import { type Result, Wait } from "./wait.ts";

/** The options of the messages of one client. */
export interface MessagesOptions extends IncomingQueueOptions {
  timeouts: Timeouts;
  /** Its address, as errors name it. */
  broker: string;
}

/**
 * The messages of one client: a view of its one queue. Several consumers may iterate at once; each message goes to
 * exactly one of them. A loop that is left ends nothing: the next loop goes on where it left off.
 *
 * After `client.disconnect()` what is queued is still delivered, then iteration ends. After a lost connection what is
 * queued is delivered, then it throws. After a new connect it works again. (As in aiomqtt, which throws in both cases.)
 */
export class Messages implements AsyncIterableIterator<Message> {
  readonly #queue: IncomingQueue;
  readonly #timeouts: Timeouts;
  readonly #broker: string;
  readonly #pace = new EventLoopYielder<void>(undefined);
  #waits: Wait[] = [];
  /** How many messages were given to waits. */
  #given = 0;
  /** Undefined while messages may come; a lost connection leaves its error. */
  #end: { error: MqttError | undefined } | undefined;

  static {
    // biome-ignore lint/complexity/noThisInStatic: by its name, esbuild would call the class _Messages in stacks.
    inspectAs<Messages>(this.prototype, ({ length }) => ({ length }));
  }

  /** @internal */
  constructor(options: MessagesOptions) {
    this.#queue = new IncomingQueue(options);
    this.#timeouts = options.timeouts;
    this.#broker = options.broker;
  }

  /** How many messages wait to be taken. */
  get length(): number {
    return this.#queue.length;
  }

  /** @internal How many messages came. */
  get received(): number {
    return this.#queue.received;
  }

  /** @internal How many of them were dropped. */
  get dropped(): number {
    return this.#queue.dropped;
  }

  /** An iterator of its own for each `for await`; all of them take from the one queue. */
  [Symbol.asyncIterator](): MessageIterator {
    return new MessageIterator(this);
  }

  /**
   * The next message. Waits for one; a wait that ends by `timeout` or `signal` loses no message. A loop over many
   * queued messages gives the event loop its turn now and then.
   * @throws {MqttError} `CONNECTION_LOST` when the connection was lost and nothing is queued, `TIMEOUT`
   * @throws the error of a queue of the program's own (`queueType`); the next call goes on
   */
  next(options?: NextOptions): Promise<Result> {
    return this.take(options, undefined);
  }

  /** Ends nothing: other consumers, and later loops, are not affected. */
  return(): Promise<Result> {
    return Promise.resolve({ value: undefined, done: true });
  }

  /** @internal As `next`. The waits of an iterator are in `owner` as long as it can cancel them. */
  take(options: NextOptions | undefined, owner: Set<Wait> | undefined): Promise<Result> {
    try {
      if (options !== undefined) validateNextOptions(options, this.#timeouts);
      const message = this.#queue.take();
      if (message !== undefined) {
        this.#pace.count();
        return this.#resolve({ value: message, done: false });
      }
    } catch (error) {
      return this.#pace.reject(error);
    }
    if (this.#end !== undefined) return this.atEnd(this.#end.error);
    return this.#wait(options, owner);
  }

  /** @internal The result after the last message. Where it repeats, the event loop gets its turn. */
  atEnd(cause: MqttError | undefined): Promise<Result> {
    if (cause !== undefined) return this.#pace.reject(iterationError(cause));
    const result = this.#resolve({ value: undefined, done: true });
    this.#pace.hold();
    return result;
  }

  /** @internal Ends waits. A message that one of them was given goes back to the front. */
  cancel(waits: Iterable<Wait>): void {
    const returned: Given[] = [];
    for (const wait of waits) {
      this.#waits = this.#waits.filter((other) => other !== wait);
      const given = wait.cancel();
      if (given !== undefined) returned.push(given);
    }
    for (const given of returned) this.#queue.putBack(given);
    this.#serve();
  }

  /** @internal */
  push(message: Message): void {
    this.#queue.add(message);
    this.#serve();
  }

  /** @internal A connection has been made: messages may come (again). */
  begin(): void {
    this.#end = undefined;
  }

  /** @internal No more messages will come; the error is undefined after our own disconnect. */
  end(error: MqttError | undefined): void {
    this.#end = { error };
    const waits = this.#waits;
    this.#waits = [];
    const { nextTurn } = this.#pace;
    for (const wait of waits) {
      if (error === undefined) wait.end(nextTurn);
      else wait.failWith(() => iterationError(error), nextTurn);
    }
  }

  // Results that are settled while a turn is waited for come with it, in the order in which they were settled.

  #resolve(result: Result): Promise<Result> {
    const { nextTurn } = this.#pace;
    return nextTurn === undefined ? Promise.resolve(result) : inTurn(nextTurn, result);
  }

  /** Gives what is queued to those that wait. */
  #serve(): void {
    while (this.#waits.length > 0 && this.#serveFirst());
  }

  /** Gives the longest wait the next message, or the error of the queue; false when there is neither. */
  #serveFirst(): boolean {
    const { nextTurn } = this.#pace;
    try {
      const message = this.#queue.take();
      if (message === undefined) return false;
      this.#waits.shift()?.give({ message, order: this.#given++ }, nextTurn);
    } catch (error) {
      this.#waits.shift()?.fail(error, nextTurn);
    }
    return true;
  }

  #wait(options: NextOptions | undefined, owner: Set<Wait> | undefined): Promise<Result> {
    const wait = new Wait(owner);
    this.#waits.push(wait);
    if (options !== undefined)
      wait.limit(options, this.#broker, (fail) => {
        this.#waits = this.#waits.filter((other) => other !== wait);
        fail();
      });
    return wait.promise;
  }
}

// On its own: a function with a closure in it allocates what that captures, whether the closure is made or not.
function inTurn<T>(turn: Promise<void>, result: T): Promise<T> {
  return turn.then(() => result);
}

function iterationError(cause: MqttError): MqttError {
  return new MqttError("Disconnected during message iteration", { code: "CONNECTION_LOST", cause });
}
