/** A queue that can be waited on: what arrives first is taken first, by who asked first. */
export class Mailbox<Item extends object> {
  readonly #items: Item[] = [];
  readonly #takers: ((outcome: Item | "closed") => void)[] = [];
  #closed = false;

  /** What has arrived and nobody has taken. */
  get waiting(): readonly Item[] {
    return this.#items;
  }

  push(item: Item): void {
    const taker = this.#takers.shift();
    if (taker) taker(item);
    else this.#items.push(item);
  }

  /** Nothing more will come. What is there can still be taken. */
  close(): void {
    this.#closed = true;
    for (const taker of this.#takers.splice(0)) taker("closed");
  }

  /** The next item; or why there is none after all, which is for the caller to word. */
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
