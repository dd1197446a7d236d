import type { Completion } from "../native/event-batch.ts";
import type { CallLimits } from "../options/time-limit.ts";
import { MqttError } from "../protocol/errors.ts";
import type { Log } from "../util/logger.ts";
import { ConcurrencyLimiter } from "./concurrency-limiter.ts";
import { type Operation, type OperationSink, PendingOperations } from "./pending-operations.ts";

/** Sends the calls to the broker; implemented by the connection. */
export interface OutgoingCarrier {
  flush(): void;
  /** Cancels a call. Returns true if nothing of it was or will be sent. */
  withdraw(token: number): boolean;
  /** The number of calls that are queued in the native session. */
  readonly queued: number;
}

/** The limits of outgoing calls, and the log for warnings. */
export interface OutgoingOptions {
  maxQueuedOutgoingMessages: number;
  maxConcurrentOutgoingCalls: number;
  log: Log;
  /** The broker's address, as errors name it. */
  broker: string;
}

/** The outgoing calls of one client. Applies their limits, and logs warnings when too many are pending. */
export class Outgoing implements OperationSink {
  readonly #carrier: OutgoingCarrier;
  readonly #calls: PendingOperations;
  readonly #turns: ConcurrencyLimiter | undefined;
  readonly #limit: number;
  readonly #log: Log;
  #threshold = 10;
  #isBeyondThreshold = false;
  #isFull = false;

  constructor(
    carrier: OutgoingCarrier,
    { maxQueuedOutgoingMessages, maxConcurrentOutgoingCalls, log, broker }: OutgoingOptions,
  ) {
    this.#carrier = carrier;
    this.#calls = new PendingOperations(this, broker);
    this.#limit = maxQueuedOutgoingMessages;
    this.#log = log;
    if (maxConcurrentOutgoingCalls < Number.POSITIVE_INFINITY)
      this.#turns = new ConcurrencyLimiter(maxConcurrentOutgoingCalls);
  }

  /** The number of calls that have not ended. */
  get pending(): number {
    return this.#calls.size;
  }

  /** The number of calls that have not been sent. */
  get queued(): number {
    return this.#carrier.queued + (this.#turns?.waiting ?? 0);
  }

  get pendingCallsThreshold(): number {
    return this.#threshold;
  }

  set pendingCallsThreshold(threshold: number) {
    this.#threshold = threshold;
    this.#isBeyondThreshold = false;
  }

  /** Whether a call made now would start at once. */
  get isFree(): boolean {
    return this.#turns?.isFree ?? true;
  }

  /** Throws when the queue is full. Called before a message is accepted. */
  checkRoom(): void {
    // Queued calls are pending calls, so the exact count is needed only beyond the limit.
    if (this.#calls.size < this.#limit || this.queued < this.#limit) {
      this.#isFull = false;
      return;
    }
    const text = `${this.#limit} calls wait to be sent already`;
    if (!this.#isFull) this.#log.warn(`Outgoing queue is full: ${text}.`);
    this.#isFull = true;
    throw new MqttError(text, { code: "QUEUE_FULL" });
  }

  /** Starts a call. `send` is called now or, if too many calls are running, later. */
  start<T>(
    operation: Operation<T>,
    topics: string | readonly string[],
    limits: CallLimits,
    send: (token: number) => void,
  ): Promise<T> {
    const turns = this.#turns;
    const sendInTurn = turns === undefined ? send : (token: number) => turns.take(token, () => send(token));
    const result = this.#calls.start(operation, topics, limits, sendInTurn);
    this.#watchThreshold(turns?.underWay ?? this.#calls.size);
    return result;
  }

  /** Schedules a flush in a microtask, which sends all calls of the same turn together. */
  flushSoon(): void {
    this.#calls.flushSoon();
  }

  complete(token: number, completion: Completion): void {
    this.#calls.complete(token, completion);
  }

  /** Rejects all calls, waiting ones included. */
  rejectAll(error: MqttError): void {
    this.#turns?.clear();
    this.#calls.rejectAll(error);
  }

  /** Resolves when no call is pending. */
  idle(): Promise<void> {
    return this.#calls.idle();
  }

  // ---- OperationSink ----

  flush(): void {
    this.#carrier.flush();
  }

  withdraw(token: number): boolean {
    return this.#turns?.withdraw(token) || this.#carrier.withdraw(token);
  }

  ended(token: number): void {
    if (this.#turns?.end(token)) this.#calls.flushSoon();
  }

  /** Logs a warning when more calls than the threshold are running. Repeats it only after a number within it. */
  #watchThreshold(underWay: number): void {
    if (underWay <= this.#threshold) {
      this.#isBeyondThreshold = false;
    } else if (!this.#isBeyondThreshold) {
      this.#isBeyondThreshold = true;
      this.#log.warn(`There are ${underWay} pending publish calls.`);
    }
  }
}
