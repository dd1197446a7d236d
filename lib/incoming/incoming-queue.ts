import { format } from "../util/check.ts";
import type { Log } from "../util/logger.ts";
import { messageOf } from "../util/thrown.ts";
import type { Message } from "./message.ts";
import type { MessageQueue, MessageQueueType } from "./queues.ts";

/** The options of the queue of a client's messages. */
export interface IncomingQueueOptions {
  queueType: MessageQueueType;
  maxQueuedIncomingMessages: number;
  overflow: "drop-newest" | "drop-oldest";
  log: Log;
}

/** A message that was given to a wait, and the number of that wait among all. */
export interface Given {
  readonly message: Message;
  readonly order: number;
}

/**
 * The program's kind of queue, with a limit. A queue that throws costs no other message; the next `take` throws its error.
 * Messages that come back are taken first.
 */
export class IncomingQueue {
  readonly #queue: MessageQueue;
  readonly #limit: number;
  readonly #dropsOldest: boolean;
  readonly #log: Log;
  /** In the order in which they were given. They are older than the queue's: a wait exists only while that is empty. */
  readonly #returned: Given[] = [];
  #received = 0;
  #dropped = 0;
  /** Since it was last half empty, the queue has been full: one log line is enough. */
  #isFull = false;
  /** The error of a queue that threw while nobody took a message. */
  #failure: { error: unknown } | undefined;

  constructor({ queueType, maxQueuedIncomingMessages, overflow, log }: IncomingQueueOptions) {
    this.#queue = makeQueue(queueType, maxQueuedIncomingMessages);
    this.#limit = maxQueuedIncomingMessages;
    this.#dropsOldest = overflow === "drop-oldest";
    this.#log = log;
  }

  get length(): number {
    return this.#queue.length + this.#returned.length;
  }

  /** How many messages came. */
  get received(): number {
    return this.#received;
  }

  /** How many of them were dropped. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * Adds a message, unless the queue is full or throws. While newer messages are dropped, those that are kept come from here
   * and there: each would keep the memory of all that came with it, so it gets memory of its own.
   */
  add(message: Message): void {
    this.#received++;
    try {
      const hasRoom = this.length < this.#limit || this.#makeRoom();
      if (hasRoom) this.#queue.push(this.#isFull && !this.#dropsOldest ? message.copy() : message);
    } catch (error) {
      this.#dropped++;
      this.#fail(error);
    }
  }

  /** Puts a message back that nobody has looked at, before all others. It has been counted, so the limit does not apply. */
  putBack(given: Given): void {
    const later = this.#returned.findIndex(({ order }) => order > given.order);
    this.#returned.splice(later < 0 ? this.#returned.length : later, 0, given);
  }

  /** Takes out the next message; undefined when there is none. Throws what the queue throws, or has thrown meanwhile. */
  take(): Message | undefined {
    if (this.#failure !== undefined) {
      const { error } = this.#failure;
      this.#failure = undefined;
      throw error;
    }
    if (this.#isFull && this.length <= this.#limit / 2) this.#isFull = false;
    if (this.#returned.length > 0) return this.#returned.shift()?.message;
    return this.#queue.length === 0 ? undefined : this.#queue.shift();
  }

  /** Called when the queue is full: drops the oldest message for the new one, or has the new one dropped. */
  #makeRoom(): boolean {
    if (!this.#isFull)
      this.#log.warn(
        this.#dropsOldest
          ? "Message queue is full. Discarding the oldest message."
          : "Message queue is full. Discarding message.",
      );
    this.#isFull = true;
    if (this.#dropsOldest) this.#dropOldest();
    this.#dropped++;
    return this.#dropsOldest;
  }

  #dropOldest(): void {
    if (this.#returned.length > 0) this.#returned.shift();
    else if (this.#queue.dropOldest !== undefined) this.#queue.dropOldest();
    else this.#queue.shift();
  }

  #fail(error: unknown): void {
    if (this.#failure !== undefined) return; // one at a time
    this.#failure = { error };
    this.#log.error(`The message queue failed: ${messageOf(error)}`);
  }
}

function makeQueue(queueType: MessageQueueType, limit: number): MessageQueue {
  let queue: MessageQueue;
  try {
    queue = new queueType(limit);
  } catch (cause) {
    throw new TypeError(`Option queueType must make queues, but throws: ${messageOf(cause)}`, { cause });
  }
  if (typeof queue.push !== "function" || typeof queue.shift !== "function" || queue.length !== 0)
    throw new TypeError(
      `Option queueType must make empty queues, with push, shift and length, not ${format(queue)}`,
    );
  return queue;
}
