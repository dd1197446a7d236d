import { brand } from "../util/brand.ts";
import { format } from "../util/check.ts";
import type { Message } from "./message.ts";

/**
 * A queue of received messages that the program has not taken; aiomqtt's `asyncio.Queue`. Any class of this shape can
 * replace the ones below.
 *
 * The client enforces the limit: it reads `length` before each `push`. A `push` or `shift` that throws loses no message
 * but its own; the next call of `next` throws the error.
 */
export interface MessageQueue<T = Message> {
  /** The number of messages; 0 for a new queue. */
  readonly length: number;
  /** Adds a message. Called only while there is room. */
  push(message: T): unknown;
  /** Removes and returns the next message. Called only while `length` is not 0. */
  shift(): T | undefined;
  /**
   * Removes and returns the oldest message, for `overflow: "drop-oldest"`. Without this method `shift` is called.
   */
  dropOldest?(): unknown;
}

/** The constructor of message queues. `limit`: `maxQueuedIncomingMessages`, or `Infinity`. */
export type MessageQueueType = new (limit: number) => MessageQueue;

/** First in, first out: the default, as in aiomqtt. */
export class FifoQueue<T = Message> implements MessageQueue<T> {
  #items: (T | undefined)[] = [];
  #head = 0;

  /** The limit that it was made with. The client enforces it. */
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

  /** The limit that it was made with. The client enforces it. */
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

  dropOldest(): unknown {
    return this.#items.shift();
  }
}

/** Compares as for `Array.prototype.sort`: below 0 if `a` comes before `b`, above 0 if after, 0 if they are equal. */
export type Compare<T = Message> = (a: T, b: T) => number;

interface Entry<T> {
  item: T;
  /** The number of the arrival, which orders equal messages. */
  order: number;
}

/**
 * A queue ordered by a comparison. Equal messages are taken in the order of arrival.
 *
 *     queueType: PriorityQueue.by((a, b) => b.qos - a.qos)
 *
 * or a class `extends PriorityQueue`, with a constructor that calls `super(compare, limit)`. `push` and `shift` take
 * logarithmic time, `dropOldest` linear time.
 */
export class PriorityQueue<T = Message> implements MessageQueue<T> {
  /** The limit that it was made with. The client enforces it. */
  readonly limit: number;
  // A binary heap: no entry comes after its children, at twice its index plus one and plus two.
  readonly #heap: Entry<T>[] = [];
  readonly #compare: Compare<T>;
  #arrived = 0;

  /** Makes a class of queues with this order, for the option `queueType`. */
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

  dropOldest(): unknown {
    let oldest = 0;
    for (let index = 1; index < this.#heap.length; index++)
      if (this.#at(index).order < this.#at(oldest).order) oldest = index;
    return this.#removeAt(oldest)?.item;
  }

  /** Removes an entry. The last entry fills its place. */
  #removeAt(index: number): Entry<T> | undefined {
    const last = this.#heap.at(-1);
    if (last === undefined) return undefined;
    const removed = this.#at(index);
    const way = this.#pathTo(last, index);
    this.#heap.pop();
    if (removed !== last) this.#settle(last, way);
    return removed;
  }

  /** Returns the indices from `index`, up or down, to the entry's place. Moves nothing, because comparing may throw. */
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

  /** Moves the entries on the way by one place, and puts the entry at its end. */
  #settle(entry: Entry<T>, way: number[]): void {
    let place = way[0] as number;
    for (const next of way.slice(1)) {
      this.#heap[place] = this.#at(next);
      place = next;
    }
    this.#heap[place] = entry;
  }

  /** Returns the index of the child that comes first; an index beyond the end when there is none. */
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

brand(PriorityQueue, "PriorityQueue");
