import { format } from "../util/check.ts";
import type { Message } from "./message.ts";

/**
 * Where a client's messages wait until the program takes them; aiomqtt's `asyncio.Queue`. Besides the classes below any
 * class of this shape does.
 *
 * The client keeps to the limit itself: it looks at `length` before each `push`. A `push` or `shift` that throws costs at
 * most the message that it was about: the error goes to whoever takes the next message.
 */
export interface MessageQueue<T = Message> {
  /** How many messages wait. A new queue has none. */
  readonly length: number;
  /** Adds a message. Called only while there is room. */
  push(message: T): unknown;
  /** Takes out the message that comes next. Called only while `length` is not 0. */
  shift(): T | undefined;
  /** Takes out the message that has waited longest; without this method `shift` does for `overflow: "drop-oldest"`. */
  dropOldest?(): unknown;
}

/** What makes a message queue. `limit`: `maxQueuedIncomingMessages`; `Infinity` when there is none. */
export type MessageQueueType = new (limit: number) => MessageQueue;

/** First in, first out: the default, as in aiomqtt. */
export class FifoQueue<T = Message> implements MessageQueue<T> {
  #items: (T | undefined)[] = [];
  #head = 0;

  /** What it was made with; the client keeps to it. */
  readonly limit: number;

  constructor(limit: number = Number.POSITIVE_INFINITY) {
    this.limit = limit;
  }

  get length(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    const item = this.#items[this.#head];
    if (this.#head === this.#items.length) return undefined;
    this.#items[this.#head++] = undefined;
    if (this.#head === this.#items.length) this.#restart([]);
    else if (this.#head >= 4096 && this.#head * 2 >= this.#items.length)
      this.#restart(this.#items.slice(this.#head));
    return item;
  }

  #restart(items: (T | undefined)[]): void {
    this.#items = items;
    this.#head = 0;
  }
}

/** Last in, first out: the newest message comes first. */
export class LifoQueue<T = Message> implements MessageQueue<T> {
  readonly #items: T[] = [];

  /** What it was made with; the client keeps to it. */
  readonly limit: number;

  constructor(limit: number = Number.POSITIVE_INFINITY) {
    this.limit = limit;
  }

  get length(): number {
    return this.#items.length;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    return this.#items.pop();
  }

  dropOldest(): void {
    this.#items.shift();
  }
}

/** As for `Array.prototype.sort`: below 0 when `a` comes before `b`, above 0 when it comes after, 0 when that is all one. */
export type Compare<T = Message> = (a: T, b: T) => number;

interface Entry<T> {
  item: T;
  /** Counts up: of equal ones the first to arrive is the first to leave. */
  order: number;
}

/**
 * The message that comes first by a comparison is taken first; among equal ones, that which arrived first.
 *
 *     queueType: PriorityQueue.by((a, b) => b.qos - a.qos)
 *
 * or a class `extends PriorityQueue`, with a constructor that calls `super(compare, limit)`. To push and to shift takes time
 * that grows with the logarithm of the length, to drop the oldest message with the length.
 */
export class PriorityQueue<T = Message> implements MessageQueue<T> {
  /** What it was made with; the client keeps to it. */
  readonly limit: number;
  // A binary heap: no entry comes after those at twice its index and one or two.
  readonly #heap: Entry<T>[] = [];
  readonly #compare: Compare<T>;
  #arrived = 0;

  /** A class of queues with this order, for the option `queueType`. */
  static by<T = Message>(compare: Compare<T>): new (limit: number) => PriorityQueue<T> {
    return class extends PriorityQueue<T> {
      constructor(limit: number) {
        super(compare, limit);
      }
    };
  }

  /** @throws {TypeError} when `compare` is no function */
  constructor(compare: Compare<T>, limit: number = Number.POSITIVE_INFINITY) {
    if (typeof compare !== "function")
      throw new TypeError(
        `compare must be a function, not ${format(compare)}: PriorityQueue.by(compare) makes a queueType`,
      );
    this.#compare = compare;
    this.limit = limit;
  }

  get length(): number {
    return this.#heap.length;
  }

  push(item: T): void {
    const entry = { item, order: this.#arrived++ };
    this.#settle(entry, this.#pathTo(entry, this.#heap.length));
  }

  shift(): T | undefined {
    return this.#removeAt(0)?.item;
  }

  dropOldest(): void {
    let oldest = 0;
    for (let index = 1; index < this.#heap.length; index++)
      if (this.#at(index).order < this.#at(oldest).order) oldest = index;
    this.#removeAt(oldest);
  }

  /** The last entry takes the place of one that leaves. */
  #removeAt(index: number): Entry<T> | undefined {
    const last = this.#heap.at(-1);
    if (last === undefined) return undefined;
    const removed = this.#at(index);
    const way = this.#pathTo(last, index);
    this.#heap.pop();
    if (removed !== last) this.#settle(last, way);
    return removed;
  }

  /** The places from `index`, up or down, to the one where the entry belongs. Comparing may throw: nothing moves yet. */
  #pathTo(entry: Entry<T>, index: number): number[] {
    const way = [index];
    for (let at = index; at > 0; way.push(at)) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(entry, this.#at(parent))) break;
      at = parent;
    }
    if (way.length > 1) return way;
    for (let at = this.#firstChild(index); at < this.#heap.length; at = this.#firstChild(at)) {
      if (!this.#isBefore(this.#at(at), entry)) break;
      way.push(at);
    }
    return way;
  }

  /** Puts the entry at the end of the way; those on the way move over by one. */
  #settle(entry: Entry<T>, way: number[]): void {
    let place = way[0] as number;
    for (const next of way.slice(1)) {
      this.#heap[place] = this.#at(next);
      place = next;
    }
    this.#heap[place] = entry;
  }

  /** Which of the two entries below comes first; a place beyond the end when there is none. */
  #firstChild(index: number): number {
    const left = index * 2 + 1;
    const right = left + 1;
    return right < this.#heap.length && this.#isBefore(this.#at(right), this.#at(left)) ? right : left;
  }

  #isBefore(a: Entry<T>, b: Entry<T>): boolean {
    const order = this.#compare(a.item, b.item);
    return order < 0 || (!(order > 0) && a.order < b.order);
  }

  #at(index: number): Entry<T> {
    return this.#heap[index] as Entry<T>;
  }
}
