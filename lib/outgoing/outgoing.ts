import type { Completion } from "../native/event-batch.ts";
import type { CallLimits } from "../options/time-limit.ts";
import { MqttError } from "../protocol/errors.ts";
import type { Log } from "../util/logger.ts";
import { ConcurrencyLimiter } from "./concurrency-limiter.ts";
import { type Operation, type OperationSink, PendingOperations } from "./pending-operations.ts";

/** What takes the calls to the broker. */
export interface OutgoingCarrier {
  flush(): void;
  /** Returns true if nothing of the call was sent, or will be. */
  withdraw(token: number): boolean;
  /** Calls that wait to be sent. */
  readonly queued: number;
}

/** How much may be on its way out at once, and where it is told. */
export interface OutgoingOptions {
  maxQueuedOutgoingMessages: number;
  maxConcurrentOutgoingCalls: number;
  log: Log;
  /** Its address, as errors name it. */
  broker: string;
}

/** The calls of one client on their way out: what limits them, and what is logged when they pile up. */
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

  /** Calls that have not ended. */
  get pending(): number {
    return this.#calls.size;
  }

  /** Calls that have not been sent. */
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

  /** Whether a call that is made now has its turn at once. */
  get isFree(): boolean {
    return this.#turns?.isFree ?? true;
  }

  /** Throws when no further message may wait. To be asked before a message is accepted. */
  checkRoom(): void {
    // What waits is pending: mostly there is no need to ask.
    if (this.#calls.size < this.#limit || this.queued < this.#limit) {
      this.#isFull = false;
      return;
    }
    const text = `${this.#limit} calls wait to be sent already`;
    if (!this.#isFull) this.#log.warn(`Outgoing queue is full: ${text}.`);
    this.#isFull = true;
    throw new MqttError(text, { code: "QUEUE_FULL" });
  }

  /** Starts a call; `send` is called now or, when it must wait for its turn, later. */
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

  /** What is given to the engine now is sent soon, together. */
  flushSoon(): void {
    this.#calls.flushSoon();
  }

  complete(token: number, completion: Completion): void {
    this.#calls.complete(token, completion);
  }

  /** Ends all calls, those that wait for their turn too. */
  rejectAll(error: MqttError): void {
    this.#turns?.clear();
    this.#calls.rejectAll(error);
  }

  /** Resolves when no call is left. */
  idle(): Promise<void> {
    return this.#calls.idle();
  }

  // ---- what the calls ask for ----

  flush(): void {
    this.#carrier.flush();
  }

  withdraw(token: number): boolean {
    return this.#turns?.withdraw(token) || this.#carrier.withdraw(token);
  }

  ended(token: number): void {
    if (this.#turns?.end(token)) this.#calls.flushSoon();
  }

  /** Warns when more calls than that are under way, and again only after there were no more. */
  #watchThreshold(underWay: number): void {
    if (underWay <= this.#threshold) {
      this.#isBeyondThreshold = false;
    } else if (!this.#isBeyondThreshold) {
      this.#isBeyondThreshold = true;
      this.#log.warn(`There are ${underWay} pending publish calls.`);
    }
  }
}
