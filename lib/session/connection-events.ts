import type { MqttError } from "../protocol/errors.ts";
import type { ReasonCode } from "../protocol/reason-code.ts";
import { abortReason, onAbort } from "../util/abort.ts";

/** The state of a client. */
export type ConnectionState = "disconnected" | "connecting" | "connected" | "reconnecting" | "disconnecting";

/** A subscription that the broker refused to renew. */
export interface RefusedSubscription {
  /** The topic filter. */
  readonly filter: string;
  /** The broker's answer, or the answer that its CONNACK announces. */
  readonly reasonCode: ReasonCode;
}

/** A connection has been made, and the subscriptions are there. */
export interface ConnectedEvent {
  /** The kind of the event. */
  readonly state: "connected";
  /** Whether the broker had a session of this client. */
  readonly sessionPresent: boolean;
  /** The number of the round that succeeded: 1 is the first after a loss, or of `connect`. */
  readonly attempt: number;
  /** Seconds since the loss, or since `connect` was called. */
  readonly outage: number;
  /** The subscriptions that the broker refused to renew. */
  readonly refused: readonly RefusedSubscription[];
}

/** The connection was lost, or a round has failed, and there will be another round. */
export interface ReconnectingEvent {
  /** The kind of the event. */
  readonly state: "reconnecting";
  /** The loss, or the failure of the last round. */
  readonly error: MqttError;
  /** The number of the round to come, from 1. */
  readonly attempt: number;
  /** Seconds until that round. */
  readonly delay: number;
}

/** The client has no connection, and makes none. */
export interface DisconnectedEvent {
  /** The kind of the event. */
  readonly state: "disconnected";
  /** The error that ended the client; absent after `disconnect`. */
  readonly error?: MqttError;
}

/** A change of a client's connection. */
export type ConnectionEvent = ConnectedEvent | ReconnectingEvent | DisconnectedEvent;

/** The options of `client.connectionEvents`. */
export interface ConnectionEventsOptions {
  /** Ends the iteration: it rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

type Result = IteratorResult<ConnectionEvent, undefined>;

/** A node of the linked list of events. A node refers only to later ones, so events that nobody reads are freed. */
class EventNode {
  event: ConnectionEvent | undefined;
  next: EventNode | undefined;
  readonly waiting: Set<() => void> = new Set();
}

/** The events of one client. */
export class ConnectionEvents {
  #end = new EventNode();

  /** Appends an event for all iterators. */
  emit(event: ConnectionEvent): void {
    const node = this.#end;
    this.#end = new EventNode();
    node.event = event;
    node.next = this.#end;
    for (const notify of node.waiting) notify();
  }

  /** Returns an iterator over the events from now on. */
  iterate(signal: AbortSignal | undefined): AsyncIterableIterator<ConnectionEvent> {
    return new ConnectionEventIterator(this.#end, signal);
  }
}

interface Wait {
  resolve(result: Result): void;
  reject(reason: unknown): void;
}

class ConnectionEventIterator implements AsyncIterableIterator<ConnectionEvent> {
  #node: EventNode;
  readonly #signal: AbortSignal | undefined;
  #waits: Wait[] = [];
  #isLeft = false;
  #forget: (() => void) | undefined;
  readonly #serve = (): void => {
    this.#node.waiting.delete(this.#serve);
    for (let event = this.#take(); event !== undefined; event = this.#take())
      this.#waits.shift()?.resolve({ value: event, done: false });
    if (this.#waits.length > 0) this.#node.waiting.add(this.#serve);
    else this.#stopListening();
  };

  constructor(node: EventNode, signal: AbortSignal | undefined) {
    this.#node = node;
    this.#signal = signal;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Result> {
    if (this.#isLeft) return Promise.resolve({ value: undefined, done: true });
    if (this.#signal?.aborted) return this.#leave(Promise.reject(abortReason(this.#signal)));
    return new Promise((resolve, reject) => {
      this.#waits.push({ resolve, reject });
      this.#listen();
      this.#serve();
    });
  }

  return(): Promise<Result> {
    const waits = this.#waits;
    const left = this.#leave(Promise.resolve<Result>({ value: undefined, done: true }));
    for (const wait of waits) wait.resolve({ value: undefined, done: true });
    return left;
  }

  /** The next event, if somebody waits for it. */
  #take(): ConnectionEvent | undefined {
    const { event, next } = this.#node;
    if (this.#waits.length === 0 || next === undefined) return undefined;
    this.#node = next;
    return event;
  }

  #listen(): void {
    const signal = this.#signal;
    if (signal === undefined || this.#forget !== undefined) return;
    this.#forget = onAbort(signal, () => {
      const waits = this.#waits;
      void this.#leave(Promise.resolve());
      for (const wait of waits) wait.reject(abortReason(signal));
    });
  }

  #stopListening(): void {
    this.#forget?.();
    this.#forget = undefined;
  }

  #leave<T>(result: Promise<T>): Promise<T> {
    this.#isLeft = true;
    this.#waits = [];
    this.#node.waiting.delete(this.#serve);
    this.#stopListening();
    return result;
  }
}
