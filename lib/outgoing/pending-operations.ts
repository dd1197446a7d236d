import type { Completion } from "../native/event-batch.ts";
import type { CallLimits } from "../options/time-limit.ts";
import { inContext, MqttError } from "../protocol/errors.ts";
import { abortReason, onAbort } from "../util/abort.ts";
import { startTimer } from "../util/duration.ts";
import { EventLoopYielder } from "../util/event-loop-yielder.ts";
import type { LogHistogram } from "../util/log-histogram.ts";
import { rejectWith, type Settle } from "../util/rejection.ts";
import { clearTimeout, now, queueMicrotask } from "../util/timers.ts";
import { callContext, refusedTopics } from "./call-context.ts";
import { expiredError } from "./outcomes.ts";
import { PausableClock } from "./pausable-clock.ts";

/** Carries out the calls. */
export interface OperationSink {
  /** Sends the calls that it has been given since the last flush. */
  flush(): void;
  /** Cancels a call that ends before its answer. Returns true if nothing of it was or will be sent. */
  withdraw(token: number): boolean;
  /** Cancels a call if nothing of it has been sent. Returns false, without any effect, if something has. */
  expire(token: number): boolean;
  /** Called for every call that has ended. */
  ended(token: number): void;
}

/** A kind of call. */
export interface Operation<T> {
  /** The name for errors, with the preposition that a topic follows. */
  readonly name: string;
  /** Decodes the result of the call from the broker's answer. Its errors reject the call. */
  read(completion: Completion): T;
  /** Receives the time from the call to the broker's answer, in microseconds. */
  readonly times?: LogHistogram;
  /** Throws if the broker of a new connection has ruled such a call out. */
  check?(): void;
}

/** The ends of a call besides its limits. */
export interface CallEnds {
  /** Seconds until a call that waits is worth nothing any more; Infinity: it keeps its worth. */
  readonly expiry: number;
  /** Whether the call has no meaning on a later connection. */
  readonly withConnection: boolean;
}

const NO_ENDS: CallEnds = { expiry: Number.POSITIVE_INFINITY, withConnection: false };

interface Call extends Settle<unknown> {
  readonly operation: Operation<unknown>;
  readonly topics: string | readonly string[];
  readonly limits: CallLimits;
  readonly ends: CallEnds;
  /** Milliseconds of `now()`, or of the clock that stands still without a connection. */
  readonly deadline: number;
  /** Microseconds of `now()`, modulo 2³²: a small integer, for which V8 allocates no memory. */
  readonly began: number;
  /** Milliseconds of `now()`. */
  expiry: number;
  forget: (() => void) | undefined;
}

/**
 * The pending publishes, subscribes and unsubscribes of one client. Each ends exactly once: by its answer, its timeout,
 * its signal, or the end of the connection.
 */
export class PendingOperations {
  readonly #calls = new Map<number, Call>();
  readonly #engine: OperationSink;
  readonly #broker: () => string;
  /** The clock of the calls with the client's timeout. It stands still while a connection is made again. */
  readonly #clock = new PausableClock();
  readonly #pace = new EventLoopYielder<void>(undefined);
  #lastToken = 0;
  /** The time of the first call since the last flush; 0 if there was none. */
  #burst = 0;
  /** The same time in microseconds, as `Call.began`. */
  #burstBegan = 0;
  /** The time of the answers of this turn, as `Call.began`; undefined if there was none. */
  #answered: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #timerDue = Number.POSITIVE_INFINITY;
  #onIdle: (() => void)[] = [];

  /** `broker`: returns the broker's address, as errors name it. */
  constructor(engine: OperationSink, broker: () => string) {
    this.#engine = engine;
    this.#broker = broker;
  }

  get size(): number {
    return this.#calls.size;
  }

  /** Whether a call has not ended. */
  has(token: number): boolean {
    return this.#calls.has(token);
  }

  /** Starts a call. `send` passes it to the native session under a token. It returns false if the queue is full. */
  start<T>(
    operation: Operation<T>,
    topics: string | readonly string[],
    limits: CallLimits,
    send: (token: number) => boolean,
    ends: CallEnds = NO_ENDS,
  ): Promise<T> {
    const { signal, timeout, isDefault } = limits;
    if (signal?.aborted) return this.#pace.reject(abortReason(signal));
    if (timeout === 0) return this.#pace.reject(this.#timedOut({ operation, topics, limits }, false));
    const token = this.nextToken();
    this.flushSoon();
    const deadline = (isDefault ? this.#clock.at(this.#burst) : this.#burst) + timeout * 1000;
    const expiry = this.#burst + ends.expiry * 1000;
    return new Promise<T>((resolve, reject) => {
      const call: Call = {
        resolve: resolve as Call["resolve"],
        reject,
        operation,
        topics,
        limits,
        ends,
        began: this.#burstBegan,
        deadline,
        expiry,
        forget: undefined,
      };
      this.#calls.set(token, call);
      if (signal !== undefined) call.forget = onAbort(signal, () => this.#abort(token, abortReason(signal)));
      const due = this.#dueTime(call);
      if (due < this.#timerDue) this.#armTimer(due);
      if (!send(token)) this.rejectFull(token);
    });
  }

  /** Schedules one flush for all calls of the same turn, which also share one reading of the clock. */
  flushSoon(): void {
    if (this.#burst === 0) this.#beginBurst();
  }

  // A method of its own, because V8 allocates the context of a closure even on paths that do not make the closure.
  #beginBurst(): void {
    this.#burst = now();
    this.#burstBegan = toMicroseconds(this.#burst);
    queueMicrotask(() => {
      this.#burst = 0;
      this.#engine.flush();
    });
  }

  /** Settles a call by the broker's answer or, at QoS 0, because its message has been written. */
  complete(token: number, completion: Completion): void {
    const call = this.#take(token);
    if (call === undefined) return; // ended earlier, by its timeout or signal
    try {
      const { read, times } = call.operation;
      const result = read(completion);
      if (times !== undefined) times.record((this.#answerTime() - call.began) >>> 0);
      call.resolve(result);
    } catch (error) {
      if (error instanceof MqttError) this.#refuse(call, error, completion.pahoError === 0);
      else call.reject(error);
    }
  }

  /** Returns the time of the answers of this turn, which share one reading of the clock. */
  #answerTime(): number {
    if (this.#answered === undefined) {
      this.#answered = toMicroseconds(now());
      queueMicrotask(this.#forgetAnswerTime);
    }
    return this.#answered;
  }

  readonly #forgetAnswerTime = (): void => {
    this.#answered = undefined;
  };

  #refuse(call: Call, error: MqttError, sent: boolean): void {
    const { operation, topics } = call;
    rejectWith(call, () => {
      const context = callContext(operation.name, refusedTopics(topics, error), this.#broker());
      return inContext(error, context, error.sent ?? sent);
    });
  }

  /** Rejects a call that the native session has not taken, in a later turn if such errors repeat. */
  rejectFull(token: number): void {
    const call = this.#take(token);
    if (call === undefined) return;
    const context = `${this.#context(call)}, ${told(false)}`;
    const error = new MqttError("Too many bytes wait to be sent", {
      code: "QUEUE_FULL",
      sent: false,
      context,
    });
    call.resolve(this.#pace.reject(error));
  }

  /** Rejects one call. The context of the error names it. */
  reject(token: number, error: MqttError): void {
    const sent = !this.#engine.withdraw(token);
    const call = this.#take(token);
    if (call !== undefined)
      rejectWith(call, () => inContext(error, `${this.#context(call)}, ${told(sent)}`, sent));
  }

  /** The connection is lost, and will be made again: the client's timeout stands still. */
  pause(error: MqttError): void {
    this.#clock.pause(now());
    for (const [token, call] of [...this.#calls]) if (call.ends.withConnection) this.reject(token, error);
  }

  /** There is a connection. Rejects the calls that its broker has ruled out. */
  resume(): void {
    if (!this.#clock.isPaused) return;
    this.#clock.resume(now());
    for (const [token, call] of [...this.#calls]) {
      try {
        call.operation.check?.();
      } catch (error) {
        if (!(error instanceof MqttError)) throw error;
        this.#engine.withdraw(token);
        if (this.#take(token) !== undefined) this.#refuse(call, error, false);
      }
    }
    this.#rearmTimer();
  }

  /** Rejects all calls, and stops the timer, which would keep this object alive. */
  rejectAll(error: MqttError): void {
    clearTimeout(this.#timer);
    this.#timerDue = Number.POSITIVE_INFINITY;
    for (const token of [...this.#calls.keys()]) this.reject(token, error);
    this.#clock.resume(now());
  }

  /** Resolves when no call is pending. */
  idle(): Promise<void> {
    if (this.#calls.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle.push(resolve));
  }

  /** Returns an unused token, an unsigned 32-bit number. Tokens wrap around. */
  nextToken(): number {
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

  /** Rejects a call that the program has aborted. */
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
    return callContext(operation.name, topics, this.#broker());
  }

  // One timer serves all calls, because a timer for each would cost more than the call. A call with the earliest
  // deadline sets it; the end of a call leaves it unchanged, since most calls end long before.
  #armTimer(due: number): void {
    clearTimeout(this.#timer);
    this.#timerDue = due;
    const seconds = Math.max(0, due - now()) / 1000;
    this.#timer = startTimer(seconds, () => this.#onTimer())?.unref(); // the connection keeps the process alive
  }

  /** The time at which a call ends, in milliseconds of `now()`. */
  #dueTime({ limits, deadline, expiry }: Call): number {
    return Math.min(limits.isDefault ? this.#clock.due(deadline) : deadline, expiry);
  }

  #onTimer(): void {
    const time = now();
    for (const [token, call] of this.#calls) {
      if (this.#dueTime(call) > time) continue;
      if (call.expiry > time) this.#timeOut(token);
      else this.#expire(token, call);
    }
    this.#rearmTimer();
  }

  #rearmTimer(): void {
    clearTimeout(this.#timer);
    this.#timerDue = Number.POSITIVE_INFINITY;
    let earliest = Number.POSITIVE_INFINITY;
    for (const call of this.#calls.values()) earliest = Math.min(earliest, this.#dueTime(call));
    if (earliest < Number.POSITIVE_INFINITY) this.#armTimer(earliest);
  }

  /** Rejects a call that has waited until its message was worth nothing. A message that has been sent stays. */
  #expire(token: number, call: Call): void {
    call.expiry = Number.POSITIVE_INFINITY;
    if (!this.#engine.expire(token) || this.#take(token) === undefined) return;
    this.#refuse(call, expiredError(), false);
  }
}

/** Returns whole microseconds of a time in milliseconds, modulo 2³². */
function toMicroseconds(milliseconds: number): number {
  return (milliseconds * 1000) | 0;
}

function told(sent: boolean): string {
  return sent ? "sent" : "not sent";
}
