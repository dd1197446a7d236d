import { startTimer } from "../util/duration.ts";
import { clearTimeout, now } from "../util/timers.ts";

const TIMER_PRECISION = 0.005;

/** One series of attempts to connect: that of a call of `connect`, or that after a loss. It can be cancelled. */
export class Cycle {
  /** Seconds for the whole series. */
  readonly limit: number;
  /** The time of the call or of the loss, in milliseconds of the runtime's clock. */
  readonly began: number = now();
  readonly #deadline: number;
  #reason: { readonly error: unknown } | undefined;
  #onCancel: ((error: unknown) => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #refed: boolean;

  /** `limit`: seconds for the whole series. `refed`: whether its waits keep the process alive. */
  constructor(limit: number, refed: boolean) {
    this.limit = limit;
    this.#deadline = this.began + limit * 1000;
    this.#refed = refed;
  }

  /** Seconds that are left; 0 after the limit. */
  get remaining(): number {
    return Math.max(0, (this.#deadline - now()) / 1000);
  }

  /** Whether the limit is reached, within the precision of timers. */
  get isOver(): boolean {
    return this.remaining < TIMER_PRECISION;
  }

  /** Seconds since the beginning. */
  get elapsed(): number {
    return (now() - this.began) / 1000;
  }

  get isCancelled(): boolean {
    return this.#reason !== undefined;
  }

  /** The error of `cancel`. */
  get reason(): unknown {
    return this.#reason?.error;
  }

  /** Ends the series: its current wait rejects with this error, and so does each further one. */
  cancel(error: unknown): void {
    if (this.#reason !== undefined) return;
    this.#reason = { error };
    this.#onCancel?.(error);
  }

  /** Throws the error of `cancel`. */
  throwIfCancelled(): void {
    if (this.#reason !== undefined) throw this.#reason.error;
  }

  /** Waits for a promise. After so many seconds it rejects with the error that `timedOut` returns. */
  async within<T>(seconds: number, promise: Promise<T>, timedOut: () => Error): Promise<T> {
    this.throwIfCancelled();
    try {
      return await new Promise<T>((resolve, reject) => {
        this.#onCancel = reject;
        this.#startTimer(seconds, () => reject(timedOut()));
        promise.then(resolve, reject);
      });
    } finally {
      this.#stop();
    }
  }

  /** Waits for so many seconds. */
  async sleep(seconds: number): Promise<void> {
    this.throwIfCancelled();
    try {
      await new Promise<void>((resolve, reject) => {
        this.#onCancel = reject;
        this.#startTimer(seconds, resolve);
      });
    } finally {
      this.#stop();
    }
  }

  /** Sets whether the waits keep the process alive. */
  ref(refed: boolean): void {
    this.#refed = refed;
    if (refed) this.#timer?.ref();
    else this.#timer?.unref();
  }

  #startTimer(seconds: number, callback: () => void): void {
    this.#timer = startTimer(seconds, callback);
    this.ref(this.#refed);
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#onCancel = undefined;
  }
}
