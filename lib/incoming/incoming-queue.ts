import { format } from "../util/check.ts";
import type { Log } from "../util/logger.ts";
import { toMessage } from "../util/thrown.ts";
import { DeferredMessage } from "./deferred-message.ts";
import { Message } from "./message.ts";
import { PartList } from "./part-list.ts";
import { FifoQueue, type MessageQueue, type MessageQueueType } from "./queues.ts";
import type { Acknowledge, Part } from "./receipt.ts";

/** The options of a client's message queue. */
export interface IncomingQueueOptions {
  queueType: MessageQueueType;
  maxQueuedIncomingMessages: number;
  overflow: "drop-newest" | "drop-oldest";
  /** Default: `"received"`. */
  acknowledge?: Acknowledge;
  log: Log;
}

/** A message that was given to a wait, and its number in the order of giving. */
export interface Given {
  readonly message: Message;
  readonly order: number;
}

/**
 * The program's type of queue, with a limit. If it throws, no other message is lost, and the next `take` throws the
 * error. Returned messages are taken first.
 */
export class IncomingQueue {
  readonly #queue: MessageQueue;
  readonly #limit: number;
  readonly #dropsOldest: boolean;
  readonly #log: Log;
  /** Returned messages, in the order of giving. They are older than the queue's, because waits need an empty queue. */
  readonly #returned: Given[] = [];
  #received = 0;
  #dropped = 0;
  #peak = 0;
  /** Whether the queue has been full since it was last half empty. It limits warnings to one for each time. */
  #isFull = false;
  /** Whether messages are acknowledged late, so that none of QoS 1 and 2 is dropped. */
  readonly #isLate: boolean;
  /** The messages that the full queue had no room for. */
  readonly #outside = new FifoQueue<Message>();
  /** The parts of messages that are queued, or that were given and are not acknowledged. */
  readonly #parts = new PartList();
  /** The number of messages in the queue that are skipped. */
  #void = 0;
  /** The returned messages and those outside, without the skipped ones: the difference to the length of the queue. */
  #surplus = 0;
  /** The error of a queue that threw outside `take`. */
  #failure: { error: unknown } | undefined;

  constructor({
    queueType,
    maxQueuedIncomingMessages,
    overflow,
    acknowledge = "received",
    log,
  }: IncomingQueueOptions) {
    this.#isLate = acknowledge !== "received";
    this.#queue = makeQueue(queueType, maxQueuedIncomingMessages);
    this.#limit = maxQueuedIncomingMessages;
    this.#dropsOldest = overflow === "drop-oldest";
    this.#log = log;
  }

  get length(): number {
    return this.#queue.length + this.#surplus;
  }

  /** Whether there are messages that are queued, or given, and not acknowledged. */
  get hasUnacknowledged(): boolean {
    return !this.#parts.isEmpty;
  }

  /** The number of received messages. */
  get received(): number {
    return this.#received;
  }

  /** The greatest number of messages that it has had. */
  get peak(): number {
    return this.#peak;
  }

  /** The number of dropped messages. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * Adds a message, unless the queue is full or throws. A message shares memory with others that arrived with it. While
   * newest messages are dropped, a kept one is copied, so that it does not retain the memory of the dropped ones.
   */
  add(message: Message): void {
    this.#received++;
    if (this.#isLate) {
      this.#addLate(message);
      return;
    }
    try {
      const length = this.#queue.length + this.#surplus;
      if (length >= this.#limit && !this.#makeRoom()) {
        this.#forget(message);
        return;
      }
      this.#queue.push(this.#isFull && !this.#dropsOldest ? message.copy() : message);
      if (length >= this.#peak) this.#peak = Math.min(length + 1, this.#limit);
    } catch (error) {
      this.#dropped++;
      this.#forget(message);
      this.#fail(error);
    }
  }

  /** Keeps the part of a message that is added next. */
  keep(part: Part): void {
    part.keepIn(this.#parts);
  }

  /** Adds a message of a queue that acknowledges late: of QoS 1 and 2 none is dropped. */
  #addLate(message: Message): void {
    try {
      if (this.#outside.length === 0 && this.length < this.#limit) this.#queue.push(message);
      else if (message.qos > 0) {
        this.#outside.push(message);
        this.#surplus++;
      } else this.#drop();
      this.#peak = Math.max(this.#peak, this.length);
    } catch (error) {
      this.#dropped++;
      DeferredMessage.readPart(message)?.giveUp();
      this.#fail(error);
    }
  }

  /** Puts the messages into the queue that it had no room for. */
  #refill(): void {
    while (this.#outside.length > 0 && this.#queue.length < this.#limit) {
      const message = this.#outside.shift();
      if (message === undefined) return;
      this.#surplus--;
      this.#queue.push(message);
    }
  }

  /** Skips the queued messages that a resumed session brings again, or that must not be given out any more. */
  voidUnacknowledged(): void {
    for (const part of this.#parts.all()) {
      if (!part.isDueAgain) continue;
      part.void();
      this.#countVoid(1);
    }
  }

  /** Gives up all messages that are queued, or given and not acknowledged. Returns their number. */
  giveUp(): number {
    const parts = this.#parts.all();
    const unacknowledged = parts.filter(({ isDone }) => !isDone).length;
    for (const part of parts) part.giveUp();
    return unacknowledged;
  }

  /** Puts a message back, before all others, because its loop has been left. */
  putBackFirst(message: Message): void {
    DeferredMessage.readPart(message)?.putBack();
    this.#returned.unshift({ message, order: -1 });
    this.#surplus++;
  }

  /** Puts back an unread message, before all others. The limit does not apply, because it has been counted. */
  putBack(given: Given): void {
    DeferredMessage.readPart(given.message)?.putBack();
    const later = this.#returned.findIndex(({ order }) => order > given.order);
    this.#returned.splice(later < 0 ? this.#returned.length : later, 0, given);
    this.#surplus++;
  }

  /** Removes the next message; undefined when there is none. Throws an error of the queue, a postponed one first. */
  take(): Message | undefined {
    if (this.#failure !== undefined) {
      const { error } = this.#failure;
      this.#failure = undefined;
      throw error;
    }
    if (this.#isFull && this.length <= this.#limit / 2) this.#isFull = false;
    if (this.#surplus === 0 && this.#void === 0 && this.#parts.isEmpty) return this.#shift();
    return this.#skipVoid(this.#next());
  }

  #next(): Message | undefined {
    const message = this.#returned.length > 0 ? this.#takeReturned() : this.#shift();
    if (this.#outside.length > 0) this.#refill();
    return message;
  }

  #shift(): Message | undefined {
    return this.#queue.length === 0 ? undefined : this.#queue.shift();
  }

  #takeReturned(): Message | undefined {
    this.#surplus--;
    return this.#returned.shift()?.message;
  }

  #countVoid(change: 1 | -1): void {
    this.#void += change;
    this.#surplus -= change;
  }

  /** Returns the first message that is not void. */
  #skipVoid(first: Message | undefined): Message | undefined {
    let message = first;
    while (message !== undefined) {
      const part = DeferredMessage.readPart(message);
      if (!part?.isVoid) {
        part?.give();
        return message;
      }
      this.#countVoid(-1);
      message = this.#next();
    }
    return undefined;
  }

  /** Drops all messages. They do not count as dropped. */
  clear(): void {
    this.#returned.length = 0;
    this.#void = 0;
    this.#surplus = 0;
    while (this.#outside.length > 0) this.#outside.shift();
    this.#failure = undefined;
    try {
      for (let rest = this.#queue.length; rest > 0; rest--) this.#queue.shift();
    } catch (error) {
      this.#log.error(`The message queue failed: ${toMessage(error)}`);
    }
  }

  #drop(): void {
    this.#warnOfFull();
    this.#dropped++;
  }

  #warnOfFull(): void {
    if (!this.#isFull)
      this.#log.warn(
        this.#dropsOldest && !this.#isLate
          ? "Message queue is full. Discarding the oldest message."
          : "Message queue is full. Discarding message.",
      );
    this.#isFull = true;
  }

  /** Called when the queue is full. Drops the oldest message and returns true, or returns false to drop the new one. */
  #makeRoom(): boolean {
    this.#warnOfFull();
    if (this.#dropsOldest) this.#dropOldest();
    this.#dropped++;
    return this.#dropsOldest;
  }

  /** Drops the oldest message that is not void. Void ones do not count, and are dropped with it. */
  #dropOldest(): void {
    let dropped: unknown;
    do {
      dropped = this.#removeOldest();
    } while (dropped instanceof Message && this.#forget(dropped));
  }

  #removeOldest(): unknown {
    if (this.#returned.length > 0) return this.#takeReturned();
    return this.#queue.dropOldest === undefined ? this.#queue.shift() : this.#queue.dropOldest();
  }

  /** Forgets a message that is not in the queue any more. Returns whether it was void. */
  #forget(message: Message): boolean {
    const part = DeferredMessage.readPart(message);
    if (part?.isVoid) {
      this.#countVoid(-1);
      return true;
    }
    part?.discard();
    return false;
  }

  #fail(error: unknown): void {
    if (this.#failure !== undefined) return; // only the first error is kept
    this.#failure = { error };
    this.#log.error(`The message queue failed: ${toMessage(error)}`);
  }
}

function makeQueue(queueType: MessageQueueType, limit: number): MessageQueue {
  let queue: MessageQueue;
  try {
    queue = new queueType(limit);
  } catch (cause) {
    throw new TypeError(`Option queueType must make queues, but throws: ${toMessage(cause)}`, { cause });
  }
  if (typeof queue.push !== "function" || typeof queue.shift !== "function" || queue.length !== 0)
    throw new TypeError(
      `Option queueType must make empty queues, with push, shift and length, not ${format(queue)}`,
    );
  return queue;
}
