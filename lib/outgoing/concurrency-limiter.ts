interface Waiting {
  readonly send: () => void;
  readonly size: number;
}

/**
 * Limits the number of running calls. Others wait, and start in the order in which they were made. It has no timeouts
 * and knows no results: the owner must report the end of every call.
 */
export class ConcurrencyLimiter {
  readonly #limit: number;
  readonly #underWay = new Set<number>();
  readonly #waiting = new Map<number, Waiting>();
  #waitingBytes = 0;
  // One iterator is kept, because it continues over entries that are added and deleted meanwhile. A new one for each
  // call would have to step over all deleted entries.
  #line: Iterator<[number, Waiting]> = this.#waiting.entries();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The number of running calls. */
  get underWay(): number {
    return this.#underWay.size;
  }

  /** The number of waiting calls. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** The bytes of waiting calls. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Whether a call made now would start at once. */
  get isFree(): boolean {
    return this.#underWay.size < this.#limit && this.#waiting.size === 0;
  }

  /** Starts a call by `send`, now or when enough others have ended. `size`: its bytes, for `waitingBytes`. */
  take(token: number, send: () => void, size = 0): void {
    if (!this.isFree) {
      this.#waiting.set(token, { send, size });
      this.#waitingBytes += size;
      return;
    }
    this.#underWay.add(token);
    send();
  }

  /** Cancels a waiting call. Returns false when it does not wait. */
  withdraw(token: number): boolean {
    this.#waitingBytes -= this.#waiting.get(token)?.size ?? 0;
    return this.#waiting.delete(token);
  }

  /** Reports the end of a call, and starts the next one. Returns true if one was started. */
  end(token: number): boolean {
    if (!this.#underWay.delete(token)) return false;
    const next = this.#next();
    if (next === undefined) return false;
    const [nextToken, { send }] = next;
    this.withdraw(nextToken);
    this.#underWay.add(nextToken);
    send();
    return true;
  }

  /** Forgets all calls. */
  clear(): void {
    this.#underWay.clear();
    this.#waiting.clear();
    this.#waitingBytes = 0;
  }

  #next(): [number, Waiting] | undefined {
    const next = this.#line.next();
    if (!next.done) return next.value;
    if (this.#waiting.size === 0) return undefined;
    this.#line = this.#waiting.entries();
    return this.#line.next().value;
  }
}
