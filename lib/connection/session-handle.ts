import type { NativeConnectOptions, NativeSession } from "../native/binding.ts";
import type { Receiver } from "../native/event-batch.ts";
import { hub } from "../native/event-dispatcher.ts";
import type { Settings } from "../options/settings.ts";
import type { Traffic } from "./reports.ts";

/** The first call that was written on the connection that ended last. */
export interface FirstWritten {
  /** The token of the call; -1: none was written. */
  readonly token: number;
  /** Whether the broker acknowledged anything on the connection. */
  readonly acknowledged: boolean;
  /** The time from writing the call to the end of the connection, in milliseconds. */
  readonly age: number;
}

/** The native session of one client, for all its connections. It is made when it is first needed. */
export class SessionHandle {
  readonly #settings: Settings;
  #native: { client: number; session: NativeSession } | undefined;
  #refed = true;
  /** Whether JavaScript acknowledges messages. */
  #defers: boolean;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#defers = settings.acknowledge !== "received";
  }

  /** The session, if it has been made. */
  get session(): NativeSession | undefined {
    return this.#native?.session;
  }

  /** The number of calls that are queued. */
  get queued(): number {
    return this.session?.queued ?? 0;
  }

  /** The bytes of publishes that are queued: topics, payloads and properties. */
  get queuedBytes(): number {
    return this.session?.queuedBytes ?? 0;
  }

  /** The number of calls that were sent and wait for the broker's answer. */
  get inFlight(): number {
    return this.session?.inFlight ?? 0;
  }

  /** The traffic of all connections. */
  get traffic(): Traffic {
    const [bytesReceived = 0, bytesSent = 0, messagesSent = 0] = this.session?.traffic ?? [];
    return { bytesReceived, bytesSent, messagesSent };
  }

  /** Makes the session, if there is none yet. */
  create(): NativeSession {
    const {
      reconnect,
      maxQueuedOutgoingBytes,
      repeatsQos2 = false,
      reportsReleases = false,
    } = this.#settings;
    this.#native ??= hub.create({
      keepsOperations: reconnect !== undefined,
      maxQueuedBytes: maxQueuedOutgoingBytes,
      repeatsQos2,
    });
    if (this.#defers) this.#native.session.deferAcknowledgements(reportsReleases);
    return this.#native.session;
  }

  /** Has JavaScript acknowledge messages of QoS 1 and 2 from now on. */
  defer(): void {
    this.#defers = true;
    this.session?.deferAcknowledgements();
  }

  /** Begins to connect. Events go to the receiver until `close`. */
  connect(request: NativeConnectOptions, receiver: Receiver): void {
    const session = this.create();
    session.connect(request);
    if (this.#native === undefined) return;
    hub.open(this.#native.client, receiver, this.#refed);
    hub.busyPoll(this.#native.client, this.#settings.busyPoll);
  }

  /** A connection, or an attempt to connect, has ended. */
  close(): void {
    if (this.#native !== undefined) hub.close(this.#native.client);
  }

  /** Sets whether an open connection keeps the process alive. */
  ref(refed: boolean): void {
    this.#refed = refed;
    if (this.#native !== undefined) hub.hold(this.#native.client, refed);
  }

  /** Sends the calls that the session has been given since the last flush. */
  flush(): void {
    this.session?.flush();
  }

  /** Cancels a call that has not been sent. Returns true if nothing of it was or will be sent. */
  withdraw(token: number): boolean {
    return this.session?.cancel(token) ?? true;
  }

  /** Cancels a call if nothing of it has been sent. Returns false, without any effect, if something has. */
  expire(token: number): boolean {
    return this.session?.expire(token) ?? true;
  }

  /** The first call of the connection that ended last. */
  get firstWritten(): FirstWritten {
    const [token = -1, acknowledged = 0, age = 0] = this.session?.lastWritten ?? [];
    return { token, acknowledged: acknowledged !== 0, age };
  }
}
