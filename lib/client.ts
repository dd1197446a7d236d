import { Connection } from "./connection/connection.ts";
import { disconnectPacket } from "./connection/disconnect.ts";
import type { ConnectionInfo } from "./connection/reports.ts";
import { Messages } from "./incoming/messages.ts";
import { type ClientArguments, parseClientArguments } from "./options/address.ts";
import {
  type CallOptions,
  type DisconnectOptions,
  NO_OPTIONS,
  OPTIONS,
  type PublishOptions,
  type SubscribeCallOptions,
  type UnsubscribeCallOptions,
  validateOptions,
} from "./options/call-options.ts";
import { parseSettings, type Settings } from "./options/settings.ts";
import { TimeLimit } from "./options/time-limit.ts";
import { Outgoing } from "./outgoing/outgoing.ts";
import { Publisher } from "./outgoing/publisher.ts";
import type { PublishResult, ReasonCodes } from "./outgoing/results.ts";
import { Subscriber } from "./outgoing/subscriber.ts";
import type { Subscriptions, TopicFilter } from "./outgoing/subscription.ts";
import type { Payload } from "./packets/payload.ts";
import { MqttError } from "./protocol/errors.ts";
import type { BinaryInput, ServerAuthProperties } from "./protocol/property-types.ts";
import type { Topic } from "./protocol/topic.ts";
import type { Statistics } from "./statistics.ts";
import { urlOf } from "./transport/connect-target.ts";
import { validateCount } from "./util/check.ts";
import { deferred } from "./util/deferred.ts";
import { startTimer } from "./util/duration.ts";
import { EventLoopYielder } from "./util/event-loop-yielder.ts";
import { inspectAs } from "./util/inspection.ts";
import { Log } from "./util/logger.ts";
import { watchForStall } from "./util/stall.ts";
import { Timeouts } from "./util/timeouts.ts";
import { clearTimeout } from "./util/timers.ts";

/** Seconds that a disconnect may take after its timeout, for sending DISCONNECT and for the broker to close. */
const DISCONNECT_GRACE = 1;

/** Seconds that disconnect waits while no byte can be sent. TCP retransmits a lost segment four times within them. */
const MAX_STALL = 3;

/** Yields to the event loop when a program makes failing clients in a loop. */
const failedClients = new EventLoopYielder<void>(undefined);

/**
 * An MQTT client. It has at most one connection at a time. After one has ended, `connect` may be called again.
 *
 * An open connection keeps the process alive, unless `unref` was called. Methods reject, they do not throw.
 */
export class Client {
  /** The client's messages: one queue, filled from the first connect on whether or not anyone iterates. */
  readonly messages: Messages;
  readonly #settings: Settings;
  readonly #connection: Connection;
  readonly #outgoing: Outgoing;
  readonly #log: Log;
  readonly #timeouts: Timeouts;
  readonly #timeLimit: TimeLimit;
  readonly #publisher: Publisher;
  readonly #subscriber: Subscriber;
  readonly #pace = new EventLoopYielder<void>(undefined);
  #disconnecting: Promise<void> | undefined;
  /** Limits a running disconnect to so many seconds from now. */
  #shortenDisconnect: (seconds: number) => void = () => {};

  /** Makes a client with the constructor's arguments and connects it. On a subclass it makes an instance of that. */
  static async connect<T extends Client>(
    this: new (
      ...args: ClientArguments
    ) => T,
    ...args: ClientArguments
  ): Promise<T> {
    try {
      return await new this(...args).connect();
    } catch (error) {
      return failedClients.reject(error);
    }
  }

  /**
   * Checks the arguments, and does no input or output. The forms are `new Client(hostname, port = 1883, options?)`,
   * `new Client(hostname, options?)` and `new Client(url, options?)`.
   * @throws {TypeError | RangeError} naming the wrong argument or option, its value and the allowed values
   */
  constructor(...args: ClientArguments) {
    this.#settings = parseSettings(parseClientArguments(args));
    this.#log = new Log(this.#settings.logger);
    this.#timeouts = new Timeouts(this.#log);
    this.#timeLimit = new TimeLimit(this.#settings.timeout, this.#timeouts);
    const { name: broker } = this.#settings.target;
    this.messages = new Messages({ ...this.#settings, log: this.#log, timeouts: this.#timeouts, broker });
    this.#connection = new Connection(this.#settings, {
      onConnected: (info) => this.#onConnected(info),
      onConnectFailed: ({ message }) => this.#log.warn(`Connecting to ${this.#place} failed: ${message}`),
      onMessage: (message) => this.messages.push(message),
      onCompleted: (token, completion) => this.#outgoing.complete(token, completion),
      onDeviation: (what) =>
        this.#log.warn(`The broker breaks the protocol, which is tolerated: ${what} (${this.#place})`),
      onEnd: (error) => this.#onEnd(error),
    });
    this.#outgoing = new Outgoing(this.#connection, { ...this.#settings, log: this.#log, broker });
    this.#publisher = new Publisher(this.#settings, this.#timeLimit, this.#connection, this.#outgoing);
    this.#subscriber = new Subscriber(this.#settings, this.#timeLimit, this.#connection, this.#outgoing);
  }

  /** The timeout of calls without one of their own, in seconds; `Infinity` is no limit. May be changed at any time. */
  get timeout(): number {
    return this.#timeLimit.seconds;
  }

  set timeout(seconds: number) {
    this.#timeLimit.seconds = seconds;
  }

  /**
   * The number of running calls beyond which a warning is logged, 0 or more. Default: 10, as in aiomqtt. The warning is
   * not repeated until the number is within the limit again. Calls that wait for their turn
   * (`maxConcurrentOutgoingCalls`) do not count.
   * @throws {TypeError | RangeError} when set to anything else
   */
  get pendingCallsThreshold(): number {
    return this.#outgoing.pendingCallsThreshold;
  }

  set pendingCallsThreshold(calls: number) {
    validateCount("pendingCallsThreshold", calls);
    this.#outgoing.pendingCallsThreshold = calls;
  }

  /** A snapshot of the client's counters. */
  get statistics(): Statistics {
    return {
      messagesReceived: this.messages.received,
      messagesDropped: this.messages.dropped,
      ...this.#connection.traffic,
      queuedIncoming: this.messages.length,
      queuedOutgoing: this.#outgoing.queued,
      inflight: this.#connection.inFlight,
      pendingCalls: this.#outgoing.pending,
      connects: this.#connection.connects,
    };
  }

  /** The client identifier. Empty while the broker assigns it and has not sent it; on 3.1.1 it never sends it. */
  get identifier(): string {
    return this.#connection.identifier;
  }

  /** Whether there is a connection and calls are accepted. */
  get connected(): boolean {
    return this.#connection.state === "connected";
  }

  /** The contents of the last CONNACK; undefined before the first. */
  get connection(): ConnectionInfo | undefined {
    return this.#connection.info;
  }

  /**
   * Resolves when the current connection ends, to the error if it was lost, or to undefined after `disconnect`. Never
   * rejects. Before the first connection it is pending; between connections it holds the last result.
   */
  get closed(): Promise<MqttError | undefined> {
    return this.#connection.ended;
  }

  /**
   * Connects. The timeout covers name lookup, TCP, proxy, TLS, WebSocket and the broker's CONNACK. A failed attempt
   * releases everything; the client may connect again.
   * @throws {MqttReentrantError} while connected, connecting or disconnecting
   * @throws {MqttConnectError} when the broker refuses
   * @throws {MqttError} `TIMEOUT`, `PROTOCOL_ERROR`, `PROXY_...`, `WEBSOCKET_...`, and Node's codes for errors of the
   * system and of TLS, such as `ECONNREFUSED`, `ENOTFOUND`, `CERT_HAS_EXPIRED`
   * @throws the error of the function `websocketHeaders`; {TypeError} when it returns invalid headers
   */
  connect(options: CallOptions = NO_OPTIONS): Promise<this> {
    return this.#paced(async () => {
      validateOptions(options, OPTIONS.call);
      await this.#connection.connect(this.#timeLimit.of(options));
      return this;
    });
  }

  /**
   * Disconnects: waits for pending calls within the timeout, then sends DISCONNECT and waits for the broker to close
   * the connection. In total it takes at most a second more than the timeout. Calls that have not been sent are
   * cancelled when no byte could be sent for three seconds and no answer of the broker is outstanding.
   *
   * Without a connection it does nothing. It aborts a running attempt to connect, but none that begins later.
   * A second call waits for the same shutdown; its `timeout` applies if it expires earlier.
   */
  disconnect(options: DisconnectOptions = NO_OPTIONS): Promise<void> {
    let packet: Buffer;
    try {
      packet = disconnectPacket(options, this.#settings, this.#connection.capabilities.maximumPacketSize);
      if (options.timeout !== undefined) this.#timeouts.check("timeout", options.timeout);
    } catch (error) {
      return this.#pace.reject(error);
    }
    const { state } = this.#connection;
    if (state === "connecting") return this.#giveUpConnect(options);
    if (state === "connected") {
      this.#connection.beginDisconnect();
      this.#disconnecting = this.#finish(packet, options.timeout ?? this.timeout);
    } else if (options.timeout !== undefined) {
      this.#shortenDisconnect(options.timeout);
    }
    return this.#disconnecting ?? Promise.resolve();
  }

  /** Calls `disconnect()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.disconnect();
  }

  /**
   * Publishes. At QoS 0 it resolves when the message has been written to the connection. At QoS 1 and 2 it resolves
   * when the broker has acknowledged it (PUBACK, PUBCOMP).
   *
   * A message that is still queued when the call rejects is never sent. A message that was already written, or is in
   * a write buffer, may arrive. At QoS 1 and 2 it is sent again when its session is resumed, as MQTT requires.
   * @throws {MqttError} `NOT_CONNECTED`, `QUEUE_FULL`, `TIMEOUT`, `CONNECTION_LOST`; see its `sent`
   * @throws {MqttCodeError} when the broker refuses the message, or has announced that it would
   * @throws {TypeError | RangeError} for arguments that cannot be published
   */
  publish(
    topic: string | Topic,
    payload?: Payload,
    options: PublishOptions = NO_OPTIONS,
  ): Promise<PublishResult> {
    return this.#publisher.publish(topic, payload, options);
  }

  /**
   * Subscribes with one SUBSCRIBE packet. Resolves to the broker's reason code for each filter.
   * @throws {MqttCodeError} when the broker refuses any filter; `reasonCodes` has the codes of all
   * @throws {MqttError} `NOT_CONNECTED`, `TIMEOUT`, `CONNECTION_LOST`
   * @throws {TypeError | RangeError} for invalid filters and options
   */
  subscribe(topic: Subscriptions, options: SubscribeCallOptions = NO_OPTIONS): Promise<ReasonCodes> {
    return this.#paced(() => this.#subscriber.subscribe(topic, options));
  }

  /**
   * Unsubscribes with one UNSUBSCRIBE packet. The reason code 0x11, no subscription existed, is a success.
   * @throws as `subscribe` does
   */
  unsubscribe(
    topic: TopicFilter | readonly TopicFilter[],
    options: UnsubscribeCallOptions = NO_OPTIONS,
  ): Promise<ReasonCodes> {
    return this.#paced(() => this.#subscriber.unsubscribe(topic, options));
  }

  /**
   * MQTT 5: authenticates again on the open connection (MQTT 5, section 4.12.1). The method and `onChallenge` are those
   * of the option `authentication`. Resolves to the properties of the broker's last AUTH. A failure, an abort or a
   * timeout ends the connection, because client and broker are no longer in the same state.
   * @throws {MqttReentrantError} while another re-authentication is running
   * @throws {MqttError} `NOT_CONNECTED`, `TIMEOUT`, `AUTHENTICATION_FAILED` (`onChallenge` failed), or the close reason
   * @throws {TypeError} without the option `authentication`
   */
  reauthenticate(data?: BinaryInput, options: CallOptions = NO_OPTIONS): Promise<ServerAuthProperties> {
    return this.#paced(async () => {
      validateOptions(options, OPTIONS.call);
      return this.#connection.reauthenticate(data, this.#timeLimit.of(options));
    });
  }

  /** Has an open connection keep the process alive, which is the default. */
  ref(): this {
    this.#connection.ref(true);
    return this;
  }

  /** Lets the process end despite an open connection. */
  unref(): this {
    this.#connection.ref(false);
    return this;
  }

  /** Makes a call. Its rejections yield to the event loop, for loops that repeat a call which fails at once. */
  async #paced<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      return this.#pace.reject(error);
    }
  }

  /** Aborts the running attempt. If it succeeds nevertheless, its connection is closed. Later attempts go on. */
  async #giveUpConnect(options: DisconnectOptions): Promise<void> {
    if (await this.#connection.giveUpConnect()) await this.disconnect(options);
  }

  async #finish(packet: Buffer, timeout: number): Promise<void> {
    const limit = deferred<void>();
    const timers = [startTimer(timeout, limit.resolve)];
    this.#shortenDisconnect = (seconds) => timers.push(startTimer(seconds, limit.resolve));
    let isOver = false;
    const giveUp = () => this.#connection.abort("TIMEOUT", "The broker did not take what was left for it");
    void limit.promise.then(() => isOver || timers.push(startTimer(DISCONNECT_GRACE, giveUp)));
    const { stalled, stop } = watchForStall(MAX_STALL, () => this.#progress());
    await Promise.race([this.#outgoing.idle(), limit.promise, stalled]);
    stop();
    await this.#connection.finish(packet);
    isOver = true;
    for (const timer of timers) clearTimeout(timer);
    this.#shortenDisconnect = () => {};
    this.#disconnecting = undefined;
  }

  /** A value that changes while bytes are sent. NaN, which differs from itself, while an answer is outstanding. */
  #progress(): number {
    return this.#connection.inFlight > 0 ? Number.NaN : this.#connection.traffic.bytesSent;
  }

  static {
    // biome-ignore lint/complexity/noThisInStatic: by its name, esbuild would call the class _Client in stacks.
    inspectAs<Client>(this.prototype, (client) => {
      const { state, identifier } = client.#connection;
      const { statistics } = client;
      return Object.assign({ state, broker: urlOf(client.#settings.target), identifier, statistics }, client);
    });
  }

  /** The broker and the client identifier, as log lines show them. */
  get #place(): string {
    return `${this.#settings.target.name}${this.identifier && ` as ${this.identifier}`}`;
  }

  #onConnected(info: ConnectionInfo): void {
    this.#log.info(`Connected to ${this.#place}${info.sessionPresent ? ", and resumed the session" : ""}`);
    this.messages.begin();
  }

  #onEnd(error: MqttError | undefined): void {
    if (error === undefined) this.#log.info(`Disconnected from ${this.#place}`);
    else this.#log.warn(`Lost the connection to ${this.#place}: ${error.message}`);
    const reason =
      error ?? new MqttError("The client disconnected before the call had ended", { code: "NOT_CONNECTED" });
    this.#outgoing.rejectAll(reason);
    this.messages.end(error);
  }
}
