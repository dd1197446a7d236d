/**
 * Lets so many calls be under way at once. The others wait, and get their turn in the order in which they came. It has no
 * timeouts and knows no results: whoever ends a call, for whatever reason, says so here.
 */
export class ConcurrencyLimiter {
  readonly #limit: number;
  readonly #underWay = new Set<number>();
  readonly #waiting = new Map<number, () => void>();
  // Goes on where it stopped, also over entries that are added and deleted meanwhile. A new one for each turn would have
  // to step over all the deleted ones.
  #line: Iterator<[number, () => void]> = this.#waiting.entries();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many calls have their turn. */
  get underWay(): number {
    return this.#underWay.size;
  }

  /** How many calls wait for their turn. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Whether a call that comes now has its turn at once. */
  get isFree(): boolean {
    return this.#underWay.size < this.#limit && this.#waiting.size === 0;
  }

  /** Sends the call when it is its turn: now, or later. */
  take(token: number, send: () => void): void {
    if (!this.isFree) {
      this.#waiting.set(token, send);
      return;
    }
    this.#underWay.add(token);
    send();
  }

  /** Takes back a call that waits; false when it does not. */
  withdraw(token: number): boolean {
    return this.#waiting.delete(token);
  }

  /** A call has ended: the next one has its turn. True when that was sent. */
  end(token: number): boolean {
    if (!this.#underWay.delete(token)) return false;
    const next = this.#next();
    if (next === undefined) return false;
    const [nextToken, send] = next;
    this.#waiting.delete(nextToken);
    this.#underWay.add(nextToken);
    send();
    return true;
  }

  /** Forgets all calls. */
  clear(): void {
    this.#underWay.clear();
    this.#waiting.clear();
  }

  #next(): [number, () => void] | undefined {
    const next = this.#line.next();
    if (!next.done) return next.value;
    if (this.#waiting.size === 0) return undefined;
    this.#line = this.#waiting.entries();
    return this.#line.next().value;
  }
}
