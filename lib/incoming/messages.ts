import { MqttError } from "../protocol/errors.ts";
import { EventLoopYielder } from "../util/event-loop-yielder.ts";
import { inspectAs } from "../util/inspection.ts";
import type { Timeouts } from "../util/timeouts.ts";
import { setImmediate } from "../util/timers.ts";
import { DeferredMessage } from "./deferred-message.ts";
import { type Given, IncomingQueue, type IncomingQueueOptions } from "./incoming-queue.ts";
import type { Message } from "./message.ts";
import { type Consumer, MessageIterator } from "./message-iterator.ts";
import { type NextOptions, validateNextOptions } from "./next-options.ts";
import { type Acknowledge, Part, type Receipt } from "./receipt.ts";
import { type Result, Wait } from "./wait.ts";

/** The options of the messages of one client. */
export interface MessagesOptions extends IncomingQueueOptions {
  timeouts: Timeouts;
  /** The broker's address, as errors name it. */
  broker: () => string;
}

/**
 * The messages of one client: a view of its one queue. Several consumers may iterate at once; each message goes to
 * exactly one of them. After a loop has been left, another loop continues with the next message.
 *
 * After `client.disconnect()` the iteration delivers the queued messages and then ends. After a lost connection it
 * delivers them and then throws. After the next connect it works again. (In aiomqtt it throws in both cases.)
 */
export class Messages implements AsyncIterableIterator<Message> {
  readonly #queue: IncomingQueue;
  readonly #timeouts: Timeouts;
  readonly #broker: () => string;
  readonly #acknowledge: Acknowledge;
  /** The number of bodies and handlers that run. */
  #bodies = 0;
  #onIdle: (() => void)[] = [];
  /** Whether no more messages are given out, because the client is going to disconnect. */
  #isHeld = false;
  /** Whether the client has disconnected, so that unacknowledged messages are not given out. */
  #hasDeparted = false;
  /** Whether its messages have been given up. */
  #isGivenUp = false;
  readonly #pace = new EventLoopYielder<void>(undefined);
  #waits: Wait[] = [];
  /** The number of messages that were given to waits. */
  #given = 0;
  /** The end of the messages; undefined while more may arrive. A lost connection sets its error. */
  #end: { error: MqttError | undefined } | undefined;
  /** Returns the error of an iteration that the error has ended. */
  #toError: (cause: MqttError) => MqttError = iterationError;

  static {
    // biome-ignore lint/complexity/noThisInStatic: by its name, esbuild would call the class _Messages in stacks.
    inspectAs<Messages>(this.prototype, ({ length }) => ({ length }));
  }

  /** @internal */
  constructor(options: MessagesOptions) {
    this.#queue = new IncomingQueue(options);
    this.#timeouts = options.timeouts;
    this.#broker = options.broker;
    this.#acknowledge = options.acknowledge ?? "received";
  }

  /** The number of messages in the queue. */
  get length(): number {
    return this.#queue.length;
  }

  /** @internal The number of received messages. */
  get received(): number {
    return this.#queue.received;
  }

  /** @internal The greatest number of messages that the queue has had. */
  get peak(): number {
    return this.#queue.peak;
  }

  /** @internal The number of dropped messages. */
  get dropped(): number {
    return this.#queue.dropped;
  }

  /** Returns a new iterator, such as each `for await` needs. All iterators take from the one queue. */
  [Symbol.asyncIterator](): MessageIterator {
    return new MessageIterator(this, this.#acknowledge === "processed");
  }

  /**
   * Returns the next message, and waits for one if none is queued. A wait that ends by `timeout` or `signal` loses no
   * message. A loop over many queued messages yields to the event loop at intervals.
   * @throws {MqttError} `CONNECTION_LOST` when the connection was lost and nothing is queued, `TIMEOUT`
   * @throws the error of a queue of the program's own (`queueType`); the next call continues
   */
  next(options?: NextOptions): Promise<Result> {
    return this.take(options, undefined);
  }

  /** Returns `done`. Other consumers and later loops are not affected. */
  return(): Promise<Result> {
    return Promise.resolve({ value: undefined, done: true });
  }

  /**
   * @internal Returns the next message as `next` does. `owner` has the waits that its iterator can still cancel.
   * `consumer` begins the body of a message that is there.
   */
  take(options: NextOptions | undefined, owner: Set<Wait> | undefined, consumer?: Consumer): Promise<Result> {
    try {
      if (options !== undefined) validateNextOptions(options, this.#timeouts);
      const message = this.#isHeld ? undefined : this.#queue.take();
      if (message !== undefined) {
        consumer?.beginBody(message);
        this.#pace.count();
        return this.#resolve({ value: message, done: false });
      }
    } catch (error) {
      return this.#pace.reject(error);
    }
    if (this.#end !== undefined) return this.atEnd(this.#end.error);
    return this.#wait(options, owner);
  }

  /** @internal Returns the result after the last message. Loops that repeat it yield to the event loop. */
  atEnd(cause: MqttError | undefined): Promise<Result> {
    if (cause !== undefined) return this.#pace.reject(this.#toError(cause));
    const result = this.#resolve({ value: undefined, done: true });
    this.#pace.hold();
    return result;
  }

  /** @internal Ends waits. Messages that were given to them and not yet read return to the queue's front. */
  cancel(waits: Iterable<Wait>): void {
    const returned: Given[] = [];
    for (const wait of waits) {
      this.#waits = this.#waits.filter((other) => other !== wait);
      const given = wait.cancel();
      if (given !== undefined) returned.push(given);
    }
    for (const given of returned) this.#queue.putBack(given);
    if (this.#hasDeparted) this.#queue.voidUnacknowledged();
    this.#serve();
  }

  /** @internal Copies of a message that a broker sends for overlapping subscriptions are separate messages here. */
  get mergesCopies(): boolean {
    return false;
  }

  /** @internal A stream alone ends when a filter is refused. */
  refuse(_error: MqttError): void {}

  /** @internal Whether nobody takes messages any more that arrive now. */
  get isOver(): boolean {
    return this.#end !== undefined || this.#isGivenUp;
  }

  /** @internal Whether messages are queued, or given, and not acknowledged. */
  get hasUnacknowledged(): boolean {
    return this.#queue.hasUnacknowledged;
  }

  /** @internal Adds a message whose acknowledgement has not been sent. */
  pushDeferred(message: Message, receipt: Receipt): void {
    const part = new Part(receipt, this);
    this.#queue.keep(part);
    if (this.#acknowledge === "received") part.acknowledge();
    this.push(DeferredMessage.withPart(message, part));
  }

  /** @internal Skips unacknowledged messages that are queued, because a resumed session delivers them again. */
  skipUnacknowledged(): void {
    this.#queue.voidUnacknowledged();
  }

  /** @internal The client disconnects: a later session may bring unacknowledged messages to whoever resumes it. */
  depart(): void {
    this.#hasDeparted = true;
    this.#queue.voidUnacknowledged();
  }

  /** @internal Drops all messages, and gives up those that are not acknowledged. Returns their number. */
  giveUp(): number {
    this.#isGivenUp = true;
    const messages = this.#queue.giveUp();
    this.#queue.clear();
    return messages;
  }

  /** @internal A body or a handler has begun. */
  beginBody(): void {
    this.#bodies++;
  }

  /** @internal A body or a handler has ended. */
  endBody(): void {
    this.#bodies--;
    if (this.#bodies > 0 || this.#onIdle.length === 0) return;
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  /** @internal Gives out no more messages. Resolves when no body runs. */
  async drain(): Promise<void> {
    this.#isHeld = true;
    // The bodies of messages that have been given out begin.
    await this.#pace.nextTurn;
    await new Promise<void>((resolve) => setImmediate(resolve));
    if (this.#bodies > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  /** @internal Puts a message back, before all others, because its loop has been left. */
  putBackFirst(message: Message): void {
    this.#queue.putBackFirst(message);
    if (this.#hasDeparted) this.#queue.voidUnacknowledged();
    this.#serve();
  }

  /** @internal */
  push(message: Message): void {
    this.#queue.add(message);
    this.#serve();
  }

  /** @internal Called when a connection has been made, so that messages may arrive. */
  begin(): void {
    this.#end = undefined;
    this.#isHeld = false;
    this.#hasDeparted = false;
  }

  /**
   * @internal Called when no more messages will arrive. `error` is undefined after our own disconnect. `toError` makes
   * the error of an iteration from it.
   */
  end(error: MqttError | undefined, toError: (cause: MqttError) => MqttError = iterationError): void {
    this.#end = { error };
    this.#toError = toError;
    this.#isHeld = false;
    const waits = this.#waits;
    this.#waits = [];
    const { nextTurn } = this.#pace;
    for (const wait of waits) {
      if (error === undefined) wait.end(nextTurn);
      else wait.failWith(() => toError(error), nextTurn);
    }
  }

  // Results that are settled during a wait for the event loop are delivered after it, in the order of settling.

  #resolve(result: Result): Promise<Result> {
    const { nextTurn } = this.#pace;
    return nextTurn === undefined ? Promise.resolve(result) : inTurn(nextTurn, result);
  }

  /** Gives queued messages to waits. */
  #serve(): void {
    while (this.#waits.length > 0 && !this.#isHeld && this.#serveFirst());
  }

  /** Gives the oldest wait the next message or the error of the queue. Returns false when there is neither. */
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
      wait.limit(options, this.#broker(), (fail) => {
        this.#waits = this.#waits.filter((other) => other !== wait);
        fail();
      });
    return wait.promise;
  }
}

// A function of its own, because V8 allocates the context of a closure even on paths that do not make the closure.
function inTurn<T>(turn: Promise<void>, result: T): Promise<T> {
  return turn.then(() => result);
}

function iterationError(cause: MqttError): MqttError {
  return new MqttError("Disconnected during message iteration", { code: "CONNECTION_LOST", cause });
}
