/** The times at which messages are due: at a fixed rate, whatever the answers do. */
export class Schedule {
  readonly #interval: number;
  readonly #began: number;
  #taken = 0;

  /** `rate`: messages a second. `began`: when the first is due, in milliseconds. */
  constructor(rate: number, began: number) {
    this.#interval = 1000 / rate;
    this.#began = began;
  }

  /** When the next message is due, in milliseconds. */
  get next(): number {
    return this.#began + this.#taken * this.#interval;
  }

  /** The number of messages that were taken. */
  get taken(): number {
    return this.#taken;
  }

  /** Takes the next message. Returns when it is due, which may be long ago. */
  take(): number {
    const due = this.next;
    this.#taken++;
    return due;
  }
}
