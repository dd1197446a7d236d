import type { CallLimits } from "../options/time-limit.ts";
import { inContext, MqttError } from "../protocol/errors.ts";
import { abortReason, onAbort } from "../util/abort.ts";
import { startTimer } from "../util/duration.ts";
import { EventLoopYielder } from "../util/event-loop-yielder.ts";
import { rejectWith, type Settle } from "../util/rejection.ts";
import { clearTimeout } from "../util/timers.ts";

interface Waiting extends Settle<void> {
  forget(): void;
}

/** The calls that wait until a client is connected. */
export class Readiness {
  readonly #waiting = new Set<Waiting>();
  readonly #pace = new EventLoopYielder<void>(undefined);
  #isReady = false;
  #end: MqttError | undefined;

  /** Resolves when the client is connected. Rejects with the error that ended it. */
  wait({ timeout, signal }: Omit<CallLimits, "isDefault">, broker: () => string): Promise<void> {
    if (this.#isReady) return Promise.resolve();
    if (this.#end !== undefined) return this.#pace.reject(inContext(this.#end, `ready, ${broker()}`));
    return new Promise((resolve, reject) => {
      const timedOut = () =>
        new MqttError("Operation timed out", {
          code: "TIMEOUT",
          context: `ready, ${broker()}, limit ${timeout} s`,
        });
      const timer = startTimer(timeout, () => this.#leave(waiting, () => rejectWith(waiting, timedOut)));
      const unlisten =
        signal && onAbort(signal, () => this.#leave(waiting, () => reject(abortReason(signal))));
      const waiting: Waiting = {
        resolve,
        reject,
        forget: () => {
          clearTimeout(timer);
          unlisten?.();
        },
      };
      this.#waiting.add(waiting);
    });
  }

  /** The client begins to connect. */
  begin(): void {
    this.#end = undefined;
  }

  /** The client is connected. */
  ready(): void {
    this.#isReady = true;
    for (const waiting of this.#waiting) this.#leave(waiting, () => waiting.resolve(undefined));
  }

  /** The connection is lost, and will be made again. */
  interrupt(): void {
    this.#isReady = false;
  }

  /** The client has ended. */
  end(error: MqttError, broker: string): void {
    this.#isReady = false;
    this.#end = error;
    for (const waiting of this.#waiting)
      this.#leave(waiting, () => rejectWith(waiting, () => inContext(error, `ready, ${broker}`)));
  }

  #leave(waiting: Waiting, settle: () => void): void {
    waiting.forget();
    this.#waiting.delete(waiting);
    settle();
  }
}
