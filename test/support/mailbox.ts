/** A queue that consumers can wait on. Items and waiting consumers are served in their order of arrival. */
export class Mailbox<Item extends object> {
  readonly #items: Item[] = [];
  readonly #takers: ((outcome: Item | "closed") => void)[] = [];
  #closed = false;

  /** The items that nobody has taken. */
  get waiting(): readonly Item[] {
    return this.#items;
  }

  push(item: Item): void {
    const taker = this.#takers.shift();
    if (taker) taker(item);
    else this.#items.push(item);
  }

  /** Ends the queue: no item will follow. The present items can still be taken. */
  close(): void {
    this.#closed = true;
    for (const taker of this.#takers.splice(0)) taker("closed");
  }

  /** Takes the next item, or says why there is none. */
  take(milliseconds: number): Promise<Item | "closed" | "timed out"> {
    const item = this.#items.shift();
    if (item) return Promise.resolve(item);
    if (this.#closed) return Promise.resolve("closed");
    return new Promise((resolve) => {
      const taker = (outcome: Item | "closed" | "timed out") => {
        clearTimeout(timer);
        resolve(outcome);
      };
      const timer = setTimeout(() => {
        this.#takers.splice(this.#takers.indexOf(taker), 1);
        taker("timed out");
      }, milliseconds);
      this.#takers.push(taker);
    });
  }
}
