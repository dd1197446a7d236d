/** The delays before rounds. They are random, so that many clients of one broker spread their attempts. */
export class Backoff {
  readonly #minDelay: number;
  readonly #maxDelay: number;
  readonly #random: () => number;
  /** The number of the next round: 0 is the first after a loss. */
  #round = 0;

  /** `random` returns numbers from 0 up to 1, excluding 1. Both delays are in seconds. */
  constructor(
    { minDelay, maxDelay }: { minDelay: number; maxDelay: number },
    random: () => number = Math.random,
  ) {
    this.#minDelay = minDelay;
    this.#maxDelay = maxDelay;
    this.#random = random;
  }

  /**
   * Returns the seconds before the next round: uniform up to a limit that doubles with each round. From the second
   * round on there is also a lower limit.
   */
  next(): number {
    const round = this.#round++;
    const limit = Math.min(this.#maxDelay, this.#minDelay * 2 ** round);
    const least = round === 0 ? 0 : Math.min(this.#minDelay / 2, this.#maxDelay);
    return Math.max(least, this.#random() * limit);
  }

  /** Returns the seconds before the next round after an error that hardly ends soon: from half of `maxDelay` on. */
  slow(): number {
    this.#round++;
    return this.#maxDelay * (0.5 + this.#random() / 2);
  }

  /** Counts a round that began without a delay. */
  skip(): void {
    this.#round++;
  }

  /** The next round is the first after a loss again. */
  reset(): void {
    this.#round = 0;
  }
}
