const MOST_BYTES = 4 * 1024 * 1024;
const MOST_CALLS = 1_000;

/** Limits the calls that are under way at once, so that an input of any size is published in constant memory. */
export class Window {
  #bytes = 0;
  #calls = 0;
  #wake: (() => void) | undefined;

  /** Counts a call until it has ended; the call must not reject. */
  add(bytes: number, call: Promise<void>): void {
    this.#bytes += bytes;
    this.#calls++;
    call.then(() => {
      this.#bytes -= bytes;
      this.#calls--;
      this.#wake?.();
    });
  }

  /** Resolves when another call may begin. */
  async room(): Promise<void> {
    while (this.#bytes >= MOST_BYTES || this.#calls >= MOST_CALLS) await this.#ended();
  }

  /** Resolves when all calls have ended. */
  async empty(): Promise<void> {
    while (this.#calls > 0) await this.#ended();
  }

  #ended(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
