import type { Message } from "../incoming/message.ts";
import type { MessageIterator } from "../incoming/message-iterator.ts";
import type { Messages } from "../incoming/messages.ts";
import type { NextOptions } from "../incoming/next-options.ts";
import type { Receipt } from "../incoming/receipt.ts";
import type { UnsubscribeCallOptions } from "../options/call-options.ts";
import type { ReasonCodes } from "../outgoing/results.ts";
import type { MqttError } from "../protocol/errors.ts";
import { type Deferred, deferred } from "../util/deferred.ts";
import { inspectAs } from "../util/inspection.ts";

type Result = IteratorResult<Message, undefined>;

/** The owner of a stream. */
export interface StreamHost {
  /** Throws for invalid options of `unsubscribe`. */
  checkUnsubscribe(options: UnsubscribeCallOptions | undefined): void;
  /** Unsubscribes. The stream gets messages until the answer of the broker is there. */
  unsubscribe(stream: MessageStream, options: UnsubscribeCallOptions | undefined): Promise<void>;
  /** The stream has given up so many messages that are not acknowledged. */
  onGivenUp(messages: number): void;
  /** The stream has ended. */
  onEnd(stream: MessageStream): void;
}

/** The parts of a stream. */
export interface StreamParts {
  readonly filters: readonly string[];
  readonly messages: Messages;
  readonly host: StreamHost;
}

/**
 * The messages of some topic filters, in a queue of their own. `client.stream` makes it. Several consumers may iterate
 * at once; each message goes to exactly one of them.
 *
 * After `unsubscribe` and after `client.disconnect()` the iteration delivers the queued messages and then ends. After a
 * lost connection, without `reconnect`, it delivers them and then throws.
 */
export class MessageStream implements AsyncIterable<Message> {
  /** The topic filters, as text. */
  readonly filters: readonly string[];
  readonly #messages: Messages;
  readonly #host: StreamHost;
  readonly #closed: Deferred<MqttError | undefined> = deferred();
  #reasonCodes: ReasonCodes = Object.assign([], { properties: undefined });
  #hasEnded = false;
  #leaving: Promise<void> | undefined;
  #isDisposed = false;

  static {
    // biome-ignore lint/complexity/noThisInStatic: by its name, esbuild would call the class _MessageStream in stacks.
    inspectAs<MessageStream>(this.prototype, ({ filters, length, dropped }) => ({
      filters,
      length,
      dropped,
    }));
  }

  /** @internal */
  constructor({ filters, messages, host }: StreamParts) {
    this.filters = filters;
    this.#messages = messages;
    this.#host = host;
  }

  /** The number of messages in the queue. */
  get length(): number {
    return this.#messages.length;
  }

  /** @internal The greatest number of messages that the queue has had. */
  get peak(): number {
    return this.#messages.peak;
  }

  /** The number of messages that were dropped, because the queue was full or threw. */
  get dropped(): number {
    return this.#messages.dropped;
  }

  /** The broker's reason code for each filter. It is empty if the stream was made before the first connection. */
  get reasonCodes(): ReasonCodes {
    return this.#reasonCodes;
  }

  /** @internal */
  set reasonCodes(codes: ReasonCodes) {
    this.#reasonCodes = codes;
  }

  /** Resolves when the stream gets no more messages: to the error that ended it, or to undefined. Never rejects. */
  get closed(): Promise<MqttError | undefined> {
    return this.#closed.promise;
  }

  /** Returns a new iterator, such as each `for await` needs. All iterators take from the one queue. */
  [Symbol.asyncIterator](): MessageIterator {
    return this.#messages[Symbol.asyncIterator]();
  }

  /**
   * Returns the next message, and waits for one if none is queued. A wait that ends by `timeout` or `signal` loses no
   * message.
   * @throws {MqttError} `CONNECTION_LOST` when the connection was lost and nothing is queued, `TIMEOUT`
   * @throws the error that ended the stream; the error of a queue of the program's own (`queueType`)
   */
  next(options?: NextOptions): Promise<Result> {
    return this.#messages.next(options);
  }

  /**
   * Unsubscribes the filters that no other stream and no `client.subscribe` has. Queued messages are still delivered,
   * then the iteration ends. Further calls wait for the same end.
   * @throws as `client.unsubscribe` does; the stream has ended nevertheless
   */
  async unsubscribe(options?: UnsubscribeCallOptions): Promise<void> {
    this.#host.checkUnsubscribe(options);
    if (this.#hasEnded) return;
    this.#leaving ??= this.#leave(options);
    await this.#leaving;
  }

  /** Unsubscribes and drops the queue, for `await using`. Never rejects. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.abandon();
    try {
      await this.unsubscribe();
    } catch {
      // The stream has ended nevertheless.
    }
  }

  /** @internal Drops all messages. Unacknowledged ones are given up. */
  abandon(): void {
    this.#isDisposed = true;
    this.#host.onGivenUp(this.#messages.giveUp());
  }

  /** @internal Whether it gets no more messages. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** @internal */
  get mergesCopies(): boolean {
    return true;
  }

  /** @internal */
  push(message: Message): void {
    if (!this.#isDisposed) this.#messages.push(message);
  }

  /** @internal */
  pushDeferred(message: Message, receipt: Receipt): void {
    if (this.#isDisposed) receipt.giveUp();
    else this.#messages.pushDeferred(message, receipt);
  }

  /** @internal Whether messages are queued, or given, and not acknowledged. */
  get hasUnacknowledged(): boolean {
    return this.#messages.hasUnacknowledged;
  }

  /** @internal Skips unacknowledged messages that are queued, because a resumed session delivers them again. */
  skipUnacknowledged(): void {
    this.#messages.skipUnacknowledged();
  }

  /** @internal The client disconnects. */
  depart(): void {
    this.#messages.depart();
  }

  /** @internal A handler has begun. */
  beginBody(): void {
    this.#messages.beginBody();
  }

  /** @internal A handler has ended. */
  endBody(): void {
    this.#messages.endBody();
  }

  /** @internal Gives out no more messages. Resolves when no body runs. */
  drain(): Promise<void> {
    return this.#messages.drain();
  }

  /** @internal The broker has refused a filter: the stream ends. */
  refuse(error: MqttError): void {
    if (this.#hasEnded) return;
    this.#end(error, () => error);
    void this.#host.unsubscribe(this, undefined).catch(() => {});
  }

  /** @internal The client has no connection any more, and makes none. */
  end(error: MqttError | undefined): void {
    this.#end(error);
  }

  async #leave(options: UnsubscribeCallOptions | undefined): Promise<void> {
    try {
      await this.#host.unsubscribe(this, options);
    } finally {
      this.#end(undefined);
    }
  }

  #end(error: MqttError | undefined, toError?: (cause: MqttError) => MqttError): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#messages.end(error, toError);
    this.#closed.resolve(error);
    this.#host.onEnd(this);
  }
}
