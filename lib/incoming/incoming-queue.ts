import { format } from "../util/check.ts";
import type { Log } from "../util/logger.ts";
import { toMessage } from "../util/thrown.ts";
import type { Message } from "./message.ts";
import type { MessageQueue, MessageQueueType } from "./queues.ts";

/** The options of a client's message queue. */
export interface IncomingQueueOptions {
  queueType: MessageQueueType;
  maxQueuedIncomingMessages: number;
  overflow: "drop-newest" | "drop-oldest";
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
  /** Whether the queue has been full since it was last half empty. It limits warnings to one for each time. */
  #isFull = false;
  /** The error of a queue that threw outside `take`. */
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

  /** The number of received messages. */
  get received(): number {
    return this.#received;
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
    try {
      const hasRoom = this.length < this.#limit || this.#makeRoom();
      if (hasRoom) this.#queue.push(this.#isFull && !this.#dropsOldest ? message.copy() : message);
    } catch (error) {
      this.#dropped++;
      this.#fail(error);
    }
  }

  /** Puts back an unread message, before all others. The limit does not apply, because it has been counted. */
  putBack(given: Given): void {
    const later = this.#returned.findIndex(({ order }) => order > given.order);
    this.#returned.splice(later < 0 ? this.#returned.length : later, 0, given);
  }

  /** Removes the next message; undefined when there is none. Throws an error of the queue, a postponed one first. */
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

  /** Called when the queue is full. Drops the oldest message and returns true, or returns false to drop the new one. */
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
