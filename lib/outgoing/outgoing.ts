import type { Completion } from "../native/event-batch.ts";
import type { CallLimits } from "../options/time-limit.ts";
import { MqttError } from "../protocol/errors.ts";
import type { Log } from "../util/logger.ts";
import { ConcurrencyLimiter } from "./concurrency-limiter.ts";
import {
  type CallEnds,
  type Operation,
  type OperationSink,
  PendingOperations,
} from "./pending-operations.ts";

/** Sends the calls to the broker; implemented by the connection. */
export interface OutgoingCarrier {
  flush(): void;
  /** Cancels a call. Returns true if nothing of it was or will be sent. */
  withdraw(token: number): boolean;
  /** Cancels a call if nothing of it has been sent. Returns false, without any effect, if something has. */
  expire(token: number): boolean;
  /** The number of calls that are queued in the native session. */
  readonly queued: number;
  /** The bytes of publishes that are queued in the native session. */
  readonly queuedBytes: number;
}

/** The limits of outgoing calls, and the log for warnings. */
export interface OutgoingOptions {
  maxQueuedOutgoingMessages: number;
  maxQueuedOutgoingBytes: number;
  maxConcurrentOutgoingCalls: number;
  log: Log;
  /** Returns the broker's address, as errors name it. */
  broker: () => string;
}

/** The outgoing calls of one client. Applies their limits, and logs warnings when too many are pending. */
export class Outgoing implements OperationSink {
  readonly #carrier: OutgoingCarrier;
  readonly #calls: PendingOperations;
  readonly #turns: ConcurrencyLimiter | undefined;
  readonly #limit: number;
  readonly #byteLimit: number;
  readonly #log: Log;
  #threshold = 10;
  #isBeyondThreshold = false;
  #isFull = false;
  #queuedPeak = 0;

  constructor(carrier: OutgoingCarrier, options: OutgoingOptions) {
    const { maxConcurrentOutgoingCalls } = options;
    this.#carrier = carrier;
    this.#calls = new PendingOperations(this, options.broker);
    this.#limit = options.maxQueuedOutgoingMessages;
    this.#byteLimit = options.maxQueuedOutgoingBytes;
    this.#log = options.log;
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

  /** The greatest number of calls that were queued when a turn of the event loop had ended. */
  get queuedPeak(): number {
    return this.#queuedPeak;
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

  /**
   * Starts a call. `send` is called now or, if too many calls are running, later. It returns false if the native
   * session has no room. `size`: the bytes of a publish. `onToken` receives the token of the call.
   */
  start<T>(
    operation: Operation<T>,
    topics: string | readonly string[],
    limits: CallLimits,
    send: (token: number) => boolean,
    ends?: CallEnds,
    size = 0,
    onToken?: (token: number) => void,
  ): Promise<T> {
    const turns = this.#turns;
    const sendInTurn =
      turns === undefined ? send : (token: number) => this.#takeTurn(turns, token, send, size);
    const told = onToken === undefined ? sendInTurn : tellingToken(sendInTurn, onToken);
    const result = this.#calls.start(operation, topics, limits, told, ends);
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

  /** Returns a token that no pending call has. */
  nextToken(): number {
    return this.#calls.nextToken();
  }

  /** Whether a call has not ended. */
  has(token: number): boolean {
    return this.#calls.has(token);
  }

  /** The connection is lost, and will be made again: calls wait, and the client's timeout stands still. */
  pause(error: MqttError): void {
    this.#calls.pause(error);
  }

  /** There is a connection again. Rejects the calls that its broker has ruled out. */
  resume(): void {
    this.#calls.resume();
  }

  /** Rejects one call. */
  reject(token: number, error: MqttError): void {
    this.#calls.reject(token, error);
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
    // Queued calls are pending calls, so the exact number is needed only beyond the peak.
    if (this.#calls.size > this.#queuedPeak) this.#queuedPeak = Math.max(this.#queuedPeak, this.queued);
    this.#carrier.flush();
  }

  withdraw(token: number): boolean {
    return this.#turns?.withdraw(token) || this.#carrier.withdraw(token);
  }

  expire(token: number): boolean {
    return this.#turns?.withdraw(token) || this.#carrier.expire(token);
  }

  ended(token: number): void {
    if (this.#turns?.end(token)) this.#calls.flushSoon();
  }

  /** Has a call sent when it is its turn. Returns false if its bytes are too many. */
  #takeTurn(
    turns: ConcurrencyLimiter,
    token: number,
    send: (token: number) => boolean,
    size: number,
  ): boolean {
    if (turns.isFree) {
      let taken = true;
      turns.take(token, () => {
        taken = send(token);
      });
      return taken;
    }
    if (size > 0 && this.#carrier.queuedBytes + turns.waitingBytes + size > this.#byteLimit) return false;
    turns.take(
      token,
      () => {
        if (!send(token)) this.#calls.rejectFull(token);
      },
      size,
    );
    return true;
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

// A function of its own, because V8 allocates the context of a closure even on paths that do not make the closure.
function tellingToken(
  send: (token: number) => boolean,
  onToken: (token: number) => void,
): (token: number) => boolean {
  return (token) => {
    onToken(token);
    return send(token);
  };
}
