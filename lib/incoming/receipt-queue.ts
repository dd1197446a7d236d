import type { Receipt } from "./receipt.ts";

/** The size of a queue from which on its free front is released. */
const COMPACTION_SIZE = 4_096;

/** The owed acknowledgements of one QoS, in the order of their messages. */
export class ReceiptQueue {
  #receipts: (Receipt | undefined)[] = [];
  #head = 0;

  get length(): number {
    return this.#receipts.length - this.#head;
  }

  /** The first receipt that is neither written nor given up. It removes those before it. */
  get first(): Receipt | undefined {
    for (;;) {
      const receipt = this.#receipts[this.#head];
      if (receipt === undefined || !(receipt.isWritten || receipt.isGivenUp)) return receipt;
      this.shift();
    }
  }

  /** Adds a receipt, unless it is there. */
  push(receipt: Receipt): void {
    if (receipt.isOwed) return;
    receipt.isOwed = true;
    this.#receipts.push(receipt);
  }

  /** Removes the first receipt. */
  shift(): void {
    const receipt = this.#receipts[this.#head];
    if (receipt === undefined) return;
    receipt.isOwed = false;
    this.#receipts[this.#head++] = undefined;
    if (this.#head === this.#receipts.length) {
      this.#receipts.length = 0;
      this.#head = 0;
    } else if (this.#head >= COMPACTION_SIZE && this.#head * 2 >= this.#receipts.length) {
      this.#receipts = this.#receipts.slice(this.#head);
      this.#head = 0;
    }
  }

  /** Removes all receipts. Returns them. */
  clear(): Receipt[] {
    const receipts = this.#receipts.slice(this.#head).filter((receipt) => receipt !== undefined);
    for (const receipt of receipts) receipt.isOwed = false;
    this.#receipts = [];
    this.#head = 0;
    return receipts;
  }
}
