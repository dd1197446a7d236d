import type { Completion } from "../native/event-batch.ts";
import type { CallLimits } from "../options/time-limit.ts";
import { inContext, MqttError } from "../protocol/errors.ts";
import { onAbort, reasonOf } from "../util/abort.ts";
import { startTimer } from "../util/duration.ts";
import { EventLoopYielder } from "../util/event-loop-yielder.ts";
import { rejectWith, type Settle } from "../util/rejection.ts";
import { clearTimeout, now, queueMicrotask } from "../util/timers.ts";
import { callContext, refusedOf } from "./call-context.ts";

/** What carries the calls out. */
export interface OperationSink {
  /** Has what was given to it since the last flush sent. */
  flush(): void;
  /** Is told of calls that are given up before their answer. Returns true if nothing of it was sent, or will be. */
  withdraw(token: number): boolean;
  /** Is told of every call that has ended. */
  ended(token: number): void;
}

/** A kind of call. */
export interface Operation<T> {
  /** As errors name it, with the preposition that a topic follows. */
  readonly name: string;
  /** Makes the call's result of the broker's answer; the call rejects with an error that it throws. */
  read(completion: Completion): T;
}

interface Call extends Settle<unknown> {
  readonly operation: Operation<unknown>;
  readonly topics: string | readonly string[];
  readonly limits: CallLimits;
  /** In milliseconds of `now()`. */
  deadline: number;
  forget: (() => void) | undefined;
}

/**
 * The publishes, subscribes and unsubscribes of one client that have not ended: each ends exactly once, by its answer, its
 * timeout, its signal, or with the connection.
 */
export class PendingOperations {
  readonly #calls = new Map<number, Call>();
  readonly #engine: OperationSink;
  readonly #broker: string;
  readonly #pace = new EventLoopYielder<void>(undefined);
  #lastToken = 0;
  /** The time at which the present burst of calls began; 0: there is none. */
  #burst = 0;
  #timer: NodeJS.Timeout | undefined;
  #timerDue = Number.POSITIVE_INFINITY;
  #onIdle: (() => void)[] = [];

  /** `broker`: its address, as errors name it. */
  constructor(engine: OperationSink, broker: string) {
    this.#engine = engine;
    this.#broker = broker;
  }

  get size(): number {
    return this.#calls.size;
  }

  /** Starts a call: `send` gives it to the engine under a token. */
  start<T>(
    operation: Operation<T>,
    topics: string | readonly string[],
    limits: CallLimits,
    send: (token: number) => void,
  ): Promise<T> {
    const { signal, timeout } = limits;
    if (signal?.aborted) return this.#pace.reject(reasonOf(signal));
    if (timeout === 0) return this.#pace.reject(this.#timedOut({ operation, topics, limits }, false));
    const token = this.#nextToken();
    this.flushSoon();
    const deadline = this.#burst + timeout * 1000;
    return new Promise<T>((resolve, reject) => {
      const call: Call = {
        resolve: resolve as Call["resolve"],
        reject,
        operation,
        topics,
        limits,
        deadline,
        forget: undefined,
      };
      this.#calls.set(token, call);
      if (signal !== undefined) call.forget = onAbort(signal, () => this.#abort(token, reasonOf(signal)));
      if (deadline < this.#timerDue) this.#armTimer(deadline);
      send(token);
    });
  }

  /** Calls that are made in one go are sent in one go: to hand them over has its cost, and so has reading the clock. */
  flushSoon(): void {
    if (this.#burst === 0) this.#beginBurst();
  }

  // On its own: a function with a closure in it allocates what that captures, whether it comes to the closure or not.
  #beginBurst(): void {
    this.#burst = now();
    queueMicrotask(() => {
      this.#burst = 0;
      this.#engine.flush();
    });
  }

  /** The answer to a call has come, or its message has been handed to the network. */
  complete(token: number, completion: Completion): void {
    const call = this.#take(token);
    if (call === undefined) return; // it has ended by its timeout or signal
    try {
      call.resolve(call.operation.read(completion));
    } catch (error) {
      if (error instanceof MqttError) this.#refuse(call, error, completion.pahoError === 0);
      else call.reject(error);
    }
  }

  #refuse(call: Call, error: MqttError, sent: boolean): void {
    const { operation, topics } = call;
    rejectWith(call, () => {
      const context = callContext(operation.name, refusedOf(topics, error), this.#broker);
      return inContext(error, context, sent);
    });
  }

  /** Ends all calls. Nothing is left behind that would keep this object alive. */
  rejectAll(error: MqttError): void {
    clearTimeout(this.#timer);
    this.#timerDue = Number.POSITIVE_INFINITY;
    for (const token of [...this.#calls.keys()]) {
      const sent = !this.#engine.withdraw(token);
      const call = this.#take(token);
      if (call === undefined) continue;
      rejectWith(call, () => inContext(error, `${this.#context(call)}, ${told(sent)}`, sent));
    }
  }

  /** Resolves when no call is left. */
  idle(): Promise<void> {
    if (this.#calls.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle.push(resolve));
  }

  /** Tokens are unsigned 32-bit numbers, so that they may come around. */
  #nextToken(): number {
    do this.#lastToken = (this.#lastToken + 1) >>> 0;
    while (this.#calls.has(this.#lastToken));
    return this.#lastToken;
  }

  #take(token: number): Call | undefined {
    const call = this.#calls.get(token);
    if (call === undefined) return undefined;
    this.#calls.delete(token);
    call.forget?.();
    this.#engine.ended(token);
    if (this.#calls.size === 0 && this.#onIdle.length > 0) {
      for (const resolve of this.#onIdle) resolve();
      this.#onIdle = [];
    }
    return call;
  }

  /** The program has given the call up. */
  #abort(token: number, reason: unknown): void {
    if (!this.#calls.has(token)) return;
    this.#engine.withdraw(token);
    this.#take(token)?.reject(reason);
  }

  #timeOut(token: number): void {
    const sent = !this.#engine.withdraw(token);
    const call = this.#take(token);
    if (call !== undefined) rejectWith(call, () => this.#timedOut(call, sent));
  }

  #timedOut(call: Pick<Call, "operation" | "topics" | "limits">, sent: boolean): MqttError {
    const context = `${this.#context(call)}, limit ${call.limits.timeout} s, ${told(sent)}`;
    return new MqttError("Operation timed out", { code: "TIMEOUT", sent, context });
  }

  #context({ operation, topics }: Pick<Call, "operation" | "topics">): string {
    return callContext(operation.name, topics, this.#broker);
  }

  // One timer serves all calls. It is set for the earliest deadline when that is new, and otherwise left alone: most calls
  // end long before it, and a timer for each would cost more than the call.
  #armTimer(due: number): void {
    clearTimeout(this.#timer);
    this.#timerDue = due;
    const seconds = Math.max(0, due - now()) / 1000;
    this.#timer = startTimer(seconds, () => this.#onTimer())?.unref(); // the connection keeps the process alive
  }

  #onTimer(): void {
    const time = now();
    this.#timerDue = Number.POSITIVE_INFINITY;
    let earliest = Number.POSITIVE_INFINITY;
    for (const [token, call] of this.#calls) {
      if (call.deadline <= time) this.#timeOut(token);
      else earliest = Math.min(earliest, call.deadline);
    }
    if (earliest < Number.POSITIVE_INFINITY) this.#armTimer(earliest);
  }
}

function told(sent: boolean): string {
  return sent ? "sent" : "not sent";
}
