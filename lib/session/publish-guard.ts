/** The first call that was written on a connection, as the engine tells it after the connection's end. */
export interface FirstWritten {
  /** The token of the call; -1: none was written. */
  readonly token: number;
  /** Whether the broker acknowledged anything on the connection. */
  readonly acknowledged: boolean;
  /** The time from its writing to the end of the connection, in milliseconds. */
  readonly age: number;
}

/** The consequence of an end: nothing, repeats one at a time, or the end of a call. */
export type GuardVerdict = "none" | "one-by-one" | { readonly reject: number };

/** A connection that ends later was not ended by its first call. */
const MAX_AGE_MS = 2000;
/** So many ends in a row that the same call may have caused begin to repeat calls one at a time. */
const SUSPICIOUS_ENDS = 2;

/**
 * Finds a call that ends connections: some brokers close the connection instead of refusing a publish. Without it, such
 * a publish would be repeated on each connection and end it again.
 */
export class PublishGuard {
  #suspect = -1;
  #ends = 0;
  #isOneByOne = false;

  /** Whether unacknowledged calls are repeated one at a time on the next connection. */
  get isOneByOne(): boolean {
    return this.#isOneByOne;
  }

  /** A connection has ended. */
  onEnd({ token, acknowledged, age }: FirstWritten): GuardVerdict {
    if (token < 0 || acknowledged || age > MAX_AGE_MS) {
      this.reset();
      return "none";
    }
    if (this.#isOneByOne) {
      this.reset();
      return { reject: token };
    }
    this.#ends = token === this.#suspect ? this.#ends + 1 : 1;
    this.#suspect = token;
    this.#isOneByOne = this.#ends >= SUSPICIOUS_ENDS;
    return this.#isOneByOne ? "one-by-one" : "none";
  }

  /** Suspects no call any more. */
  reset(): void {
    this.#suspect = -1;
    this.#ends = 0;
    this.#isOneByOne = false;
  }
}
