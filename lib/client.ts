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

/** What a disconnect may take after its timeout, in seconds: DISCONNECT has to leave, and the broker to close. */
const DISCONNECT_GRACE = 1;

/** In seconds: disconnect waits so long for a network that takes nothing. TCP repeats a lost segment four times in it. */
const MAX_STALL = 3;

/** Slows loops down that make clients which fail. */
const failedClients = new EventLoopYielder<void>(undefined);

/**
 * An MQTT client. It may connect again and again, but it is not reentrant: it has one connection at a time.
 *
 * While it is open it keeps the process alive, unless it is `unref`ed. Methods reject, they do not throw.
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
  /** Gives a disconnect that is under way no more than so many seconds from now on. */
  #shortenDisconnect: (seconds: number) => void = () => {};

  /** Makes a client and connects it. Takes what the constructor takes. Of a subclass it makes one of that. */
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
   * `new Client(hostname, port = 1883, options?)`, `new Client(hostname, options?)` or `new Client(url, options?)`. Does no
   * input or output.
   * @throws {TypeError | RangeError} naming what is wrong, its value and what is allowed
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

  /** The limit of calls that name none, in seconds; `Infinity` is none. May be changed at any time. */
  get timeout(): number {
    return this.#timeLimit.seconds;
  }

  set timeout(seconds: number) {
    this.#timeLimit.seconds = seconds;
  }

  /**
   * A warning is logged when more calls than this are under way, 0 or more; and again only after there were no more. Default:
   * 10, as in aiomqtt. Calls that wait for their turn (`maxConcurrentOutgoingCalls`) do not count.
   * @throws {TypeError | RangeError} when set to anything else
   */
  get pendingCallsThreshold(): number {
    return this.#outgoing.pendingCallsThreshold;
  }

  set pendingCallsThreshold(calls: number) {
    validateCount("pendingCallsThreshold", calls);
    this.#outgoing.pendingCallsThreshold = calls;
  }

  /** What the client has done and has to do, as of now. */
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

  /** The client identifier; empty when the broker assigns one and has not told it (on 3.1.1 it never does). */
  get identifier(): string {
    return this.#connection.identifier;
  }

  /** Whether there is a connection that takes calls. */
  get connected(): boolean {
    return this.#connection.state === "connected";
  }

  /** What the last CONNACK said; undefined before the first. */
  get connection(): ConnectionInfo | undefined {
    return this.#connection.info;
  }

  /**
   * The end of the current connection: resolves with the error when it is lost, with undefined after our own disconnect,
   * and never rejects. Before the first connection it is the end of that.
   */
  get closed(): Promise<MqttError | undefined> {
    return this.#connection.ended;
  }

  /**
   * Connects. The timeout covers all of it: name lookup, TCP, proxy, TLS, WebSocket, and the broker's CONNACK. An attempt
   * that fails leaves nothing behind.
   * @throws {MqttReentrantError} while connected, connecting or disconnecting
   * @throws {MqttConnectError} when the broker refuses
   * @throws {MqttError} `TIMEOUT`, `PROTOCOL_ERROR`, `PROXY_...`, `WEBSOCKET_...`, and the codes that Node has for errors of
   * the system and of TLS, such as `ECONNREFUSED`, `ENOTFOUND`, `CERT_HAS_EXPIRED`
   * @throws what the function `websocketHeaders` throws; {TypeError} when it returns what cannot be sent
   */
  connect(options: CallOptions = NO_OPTIONS): Promise<this> {
    return this.#paced(async () => {
      validateOptions(options, OPTIONS.call);
      await this.#connection.connect(this.#timeLimit.of(options));
      return this;
    });
  }

  /**
   * Disconnects: lets pending calls complete, within the timeout, then sends DISCONNECT and waits for the broker to
   * close the connection. All of it takes a second more than the timeout at most. Calls that have not been sent wait
   * for the network only. They are cancelled when it has taken nothing for three seconds and the broker owes no answer.
   *
   * Does nothing when there is no connection. Aborts an attempt to connect that has begun, but none that begins later.
   * A second call waits for the same end. Its timeout applies if it expires earlier.
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

  /** `disconnect()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.disconnect();
  }

  /**
   * Publishes. Resolves at QoS 0 when the message has been handed to the network, at QoS 1 and 2 when the broker has
   * acknowledged it (PUBACK, PUBCOMP). What still waits for its turn when the call rejects never leaves. What was on its way,
   * be it in a buffer of ours, may arrive; at QoS 1 and 2 it is repeated when its session is resumed, as MQTT demands.
   * @throws {MqttError} `NOT_CONNECTED`, `QUEUE_FULL`, `TIMEOUT`, `CONNECTION_LOST`; its `sent` says whether the message may
   * have arrived
   * @throws {MqttCodeError} when the broker refuses, or has said that it cannot
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
   * Subscribes, with one SUBSCRIBE packet. Resolves to the broker's answer to each filter.
   * @throws {MqttCodeError} when the broker refuses any of them; `reasonCodes` has all answers
   * @throws {MqttError} `NOT_CONNECTED`, `TIMEOUT`, `CONNECTION_LOST`
   * @throws {TypeError | RangeError} for invalid filters and options
   */
  subscribe(topic: Subscriptions, options: SubscribeCallOptions = NO_OPTIONS): Promise<ReasonCodes> {
    return this.#paced(() => this.#subscriber.subscribe(topic, options));
  }

  /**
   * Unsubscribes, with one UNSUBSCRIBE packet. That there was no such subscription (0x11) is a success.
   * @throws as `subscribe` does
   */
  unsubscribe(
    topic: TopicFilter | readonly TopicFilter[],
    options: UnsubscribeCallOptions = NO_OPTIONS,
  ): Promise<ReasonCodes> {
    return this.#paced(() => this.#subscriber.unsubscribe(topic, options));
  }

  /**
   * MQTT 5: authenticates once more, with the method of the option `authentication`, whose `onChallenge` answers what the
   * broker asks (MQTT 5, section 4.12.1). Resolves to what the broker said last.
   *
   * When it fails, is given up, or takes too long, the connection ends: broker and client could not agree any more on where
   * they are.
   * @throws {MqttReentrantError} while another one is under way
   * @throws {MqttError} `NOT_CONNECTED`, `TIMEOUT`, `AUTHENTICATION_FAILED` (our handler failed), or the broker's own reason
   * @throws {TypeError} without the option `authentication`
   */
  reauthenticate(data?: BinaryInput, options: CallOptions = NO_OPTIONS): Promise<ServerAuthProperties> {
    return this.#paced(async () => {
      validateOptions(options, OPTIONS.call);
      return this.#connection.reauthenticate(data, this.#timeLimit.of(options));
    });
  }

  /** An open connection keeps the process alive: the default. */
  ref(): this {
    this.#connection.ref(true);
    return this;
  }

  /** Lets the process end in spite of an open connection. */
  unref(): this {
    this.#connection.ref(false);
    return this;
  }

  /** Makes a call. A loop that repeats one that fails at once gives the event loop its turn. */
  async #paced<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      return this.#pace.reject(error);
    }
  }

  /** An attempt that succeeds all the same has made a connection to be ended. The next attempt is not our business. */
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

  /** Changes as long as something is sent. A broker that owes an answer may take its time: then it is NaN. */
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

  /** As log lines say it. */
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
