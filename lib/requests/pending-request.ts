import type { Message } from "../incoming/message.ts";
import type { CallLimits } from "../options/time-limit.ts";
import { MqttError as Failure, type MqttError } from "../protocol/errors.ts";
import { abortReason, onAbort } from "../util/abort.ts";
import { startTimer } from "../util/duration.ts";
import { rejectWith, type Settle } from "../util/rejection.ts";
import { clearTimeout, now } from "../util/timers.ts";

/** A request whose response has not come. */
export class PendingRequest {
  readonly promise: Promise<Message>;
  readonly #limits: CallLimits;
  readonly #settle: Settle<Message>;
  readonly #onEnd: (request: PendingRequest) => void;
  readonly #context: () => string;
  #remaining: number;
  #began = 0;
  #timer: NodeJS.Timeout | undefined;
  readonly #forget: (() => void) | undefined;
  #hasEnded = false;

  /**
   * `isPaused`: there is no connection. `onEnd`: called once, when the request ends in any way. `context`: describes
   * the request for errors.
   */
  constructor(
    limits: CallLimits,
    isPaused: boolean,
    context: () => string,
    onEnd: (request: PendingRequest) => void,
  ) {
    let settle!: Settle<Message>;
    this.promise = new Promise((resolve, reject) => {
      settle = { resolve, reject };
    });
    this.#settle = settle;
    this.#limits = limits;
    this.#context = context;
    this.#onEnd = onEnd;
    this.#remaining = limits.timeout;
    const { signal } = limits;
    this.#forget =
      signal &&
      onAbort(signal, () => {
        if (this.#end()) settle.reject(abortReason(signal));
      });
    if (!isPaused || !limits.isDefault) this.#start();
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  resolve(response: Message): void {
    if (this.#end()) this.#settle.resolve(response);
  }

  /** Rejects with an error of the program or of the arguments. */
  reject(error: unknown): void {
    if (this.#end()) this.#settle.reject(error);
  }

  /** Rejects with the error that `make` returns, whose stack names the caller. */
  fail(make: (context: string) => MqttError): void {
    if (this.#end()) rejectWith(this.#settle, () => make(this.#context()));
  }

  /** There is no connection: the client's timeout stands still. */
  pause(): void {
    if (!this.#limits.isDefault || this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#remaining = Math.max(0, this.#remaining - (now() - this.#began) / 1000);
  }

  /** There is a connection again. */
  resume(): void {
    if (this.#timer === undefined && !this.#hasEnded) this.#start();
  }

  #start(): void {
    this.#began = now();
    this.#timer = startTimer(this.#remaining, () =>
      this.fail((context) => {
        const { timeout } = this.#limits;
        return new Failure("Operation timed out", {
          code: "TIMEOUT",
          context: `${context}, limit ${timeout} s`,
        });
      }),
    )?.unref();
  }

  #end(): boolean {
    if (this.#hasEnded) return false;
    this.#hasEnded = true;
    clearTimeout(this.#timer);
    this.#forget?.();
    this.#onEnd(this);
    return true;
  }
}
