import { type ClientParts, makeParts } from "./client-parts.ts";
import { disconnectPacket } from "./connection/disconnect.ts";
import type { ConnectionInfo } from "./connection/reports.ts";
import type { Message } from "./incoming/message.ts";
import type { Messages } from "./incoming/messages.ts";
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
import { parseSettings } from "./options/settings.ts";
import type { PublishResult, ReasonCodes } from "./outgoing/results.ts";
import type { Subscriptions, TopicFilter } from "./outgoing/subscription.ts";
import type { Payload } from "./packets/payload.ts";
import type { MqttError } from "./protocol/errors.ts";
import type { BinaryInput, ServerAuthProperties } from "./protocol/property-types.ts";
import type { Topic } from "./protocol/topic.ts";
import { openResponder } from "./requests/open-responder.ts";
import type { RequestOptions, RespondOptions } from "./requests/request-options.ts";
import type { RequestHandler, Responder } from "./requests/responder.ts";
import type {
  ConnectionEvent,
  ConnectionEventsOptions,
  ConnectionState,
} from "./session/connection-events.ts";
import { depart } from "./session/departure.ts";
import { readStatistics, type Statistics } from "./statistics.ts";
import type { MessageStream } from "./streams/message-stream.ts";
import type { StreamOptions } from "./streams/stream-options.ts";
import { validateSignal } from "./util/abort.ts";
import { validateCount } from "./util/check.ts";
import { definedOnly } from "./util/defined.ts";
import { EventLoopYielder } from "./util/event-loop-yielder.ts";
import { inspectAs } from "./util/inspection.ts";

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
  readonly #parts: ClientParts;
  readonly #pace = new EventLoopYielder<void>(undefined);

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
    this.#parts = makeParts(parseSettings(parseClientArguments(args)), this);
    this.messages = this.#parts.messages;
  }

  /** The timeout of calls without one of their own, in seconds; `Infinity` is no limit. May be changed at any time. */
  get timeout(): number {
    return this.#parts.timeLimit.seconds;
  }

  set timeout(seconds: number) {
    this.#parts.timeLimit.seconds = seconds;
  }

  /**
   * The number of running calls beyond which a warning is logged, 0 or more. Default: 10, as in aiomqtt. The warning is
   * not repeated until the number is within the limit again. Calls that wait for their turn
   * (`maxConcurrentOutgoingCalls`) do not count.
   * @throws {TypeError | RangeError} when set to anything else
   */
  get pendingCallsThreshold(): number {
    return this.#parts.outgoing.pendingCallsThreshold;
  }

  set pendingCallsThreshold(calls: number) {
    validateCount("pendingCallsThreshold", calls);
    this.#parts.outgoing.pendingCallsThreshold = calls;
  }

  /** A snapshot of the client's counters. */
  get statistics(): Statistics {
    return readStatistics(this.#parts);
  }

  /** The client identifier. Empty while the broker assigns it and has not sent it; on 3.1.1 it never sends it. */
  get identifier(): string {
    return this.#parts.connection.identifier;
  }

  /** Whether there is a connection and calls are accepted. */
  get connected(): boolean {
    return this.#parts.supervisor.state === "connected";
  }

  /** The state of the client. While it reconnects, calls may wait. */
  get state(): ConnectionState {
    return this.#parts.supervisor.state;
  }

  /** The address in use, or the last one in use, as a URL without credentials and without a query. */
  get broker(): string {
    return this.#parts.supervisor.broker;
  }

  /** The contents of the last CONNACK; undefined before the first. */
  get connection(): ConnectionInfo | undefined {
    return this.#parts.connection.info;
  }

  /**
   * Resolves when the current connection ends, to the error if it was lost, or to undefined after `disconnect`. Never
   * rejects. Before the first connection it is pending; between connections it holds the last result. With `reconnect`
   * it resolves when the client gives up or disconnects, not at each loss.
   */
  get closed(): Promise<MqttError | undefined> {
    return this.#parts.supervisor.closed;
  }

  /**
   * Returns an iterator over the changes of the connection from now on. Each iterator gets all of them. It goes on over
   * later connects, and does not keep the process alive.
   * @throws {TypeError} for wrong options
   */
  connectionEvents(options: ConnectionEventsOptions = NO_OPTIONS): AsyncIterableIterator<ConnectionEvent> {
    validateOptions(options, OPTIONS.connectionEvents);
    validateSignal(options.signal);
    return this.#parts.supervisor.events.iterate(options.signal);
  }

  /**
   * Resolves when the client is connected, also before the first `connect`. The timeout is `Infinity` by default.
   * @throws {MqttError} the error that ended the client, `NOT_CONNECTED` after `disconnect`, `TIMEOUT`
   */
  ready(options: CallOptions = NO_OPTIONS): Promise<void> {
    return this.#paced(async () => {
      validateOptions(options, OPTIONS.call);
      const limits = this.#parts.timeLimit.of({ timeout: Number.POSITIVE_INFINITY, ...definedOnly(options) });
      return this.#parts.supervisor.readiness.wait(limits, () => this.#parts.connection.broker);
    });
  }

  /**
   * Connects. The timeout covers name lookup, TCP, proxy, TLS, WebSocket and the broker's CONNACK. A failed attempt
   * releases everything; the client may connect again.
   *
   * With `reconnect` it tries again after transient failures. Its timeout is then the time of one attempt at each
   * address, unless it has one of its own. With `Infinity` it waits for a broker.
   * @throws {MqttReentrantError} while connected, connecting, reconnecting or disconnecting
   * @throws {MqttConnectError} when the broker refuses
   * @throws {MqttError} `TIMEOUT`, `PROTOCOL_ERROR`, `PROXY_...`, `WEBSOCKET_...`, and Node's codes for errors of the
   * system and of TLS, such as `ECONNREFUSED`, `ENOTFOUND`, `CERT_HAS_EXPIRED`
   * @throws the error of a function that is an option, such as `password`; {TypeError} when it returns an invalid value
   */
  connect(options: CallOptions = NO_OPTIONS): Promise<this> {
    return this.#paced(async () => {
      validateOptions(options, OPTIONS.call);
      await this.#parts.supervisor.connect(this.#parts.timeLimit.of(options));
      return this;
    });
  }

  /**
   * Disconnects: waits for pending calls within the timeout, then sends DISCONNECT and waits for the broker to close
   * the connection. In total it takes at most a second more than the timeout. Calls that have not been sent are
   * cancelled when no byte could be sent for three seconds and no answer of the broker is outstanding.
   *
   * Without a connection it does nothing. It aborts a running attempt to connect, but none that begins later. A client
   * that reconnects gives up at once.
   * A second call waits for the same shutdown; its `timeout` applies if it expires earlier.
   */
  disconnect(options: DisconnectOptions = NO_OPTIONS): Promise<void> {
    let packet: Buffer;
    try {
      packet = disconnectPacket(
        options,
        this.#parts.settings,
        this.#parts.connection.capabilities.maximumPacketSize,
      );
      if (options.timeout !== undefined) this.#parts.timeouts.check("timeout", options.timeout);
    } catch (error) {
      return this.#pace.reject(error);
    }
    const { timeout } = options;
    return depart(this.#parts, packet, timeout, options.drain ?? false);
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
    return this.#parts.publisher.publish(topic, payload, options);
  }

  /**
   * Subscribes with one SUBSCRIBE packet. Resolves to the broker's reason code for each filter.
   * @throws {MqttCodeError} when the broker refuses any filter; `reasonCodes` has the codes of all
   * @throws {MqttError} `NOT_CONNECTED`, `TIMEOUT`, `CONNECTION_LOST`
   * @throws {TypeError | RangeError} for invalid filters and options
   */
  subscribe(topic: Subscriptions, options: SubscribeCallOptions = NO_OPTIONS): Promise<ReasonCodes> {
    return this.#paced(() => this.#parts.subscriber.subscribe(topic, options));
  }

  /**
   * Subscribes, and resolves to a stream of the messages of these filters, with a queue of its own. Streams and
   * `subscribe` share the subscription of a filter; their options must be the same.
   *
   * With `reconnect` it may be called before the first `connect`. Then it resolves at once, and `connect` resolves
   * after the broker's answer. A refused filter ends such a stream.
   * @throws {MqttCodeError} when the broker refuses any filter; none of them is subscribed then
   * @throws {MqttError} `NOT_CONNECTED`, `TIMEOUT`, `CONNECTION_LOST`
   * @throws {TypeError | RangeError} for invalid filters and options, and for options that differ from those of the
   * same filter
   */
  stream(topic: Subscriptions, options: StreamOptions = NO_OPTIONS): Promise<MessageStream> {
    return this.#paced(() => this.#parts.streams.open(topic, options));
  }

  /**
   * Unsubscribes with one UNSUBSCRIBE packet. The reason code 0x11, no subscription existed, is a success.
   * @throws as `subscribe` does
   */
  unsubscribe(
    topic: TopicFilter | readonly TopicFilter[],
    options: UnsubscribeCallOptions = NO_OPTIONS,
  ): Promise<ReasonCodes> {
    return this.#paced(() => this.#parts.subscriber.unsubscribe(topic, options));
  }

  /**
   * MQTT 5: publishes a request, and resolves to its response (section 4.10). It subscribes to the topic of the
   * response, once for all requests that use it.
   * @throws {ResponseError} when the response is an error
   * @throws {MqttError} `NO_RESPONDER` when at QoS 1 or 2 nobody has subscribed, `TIMEOUT`, `CONNECTION_LOST`, and as
   * `publish` and `subscribe` do
   * @throws {TypeError | RangeError} for invalid arguments; {TypeError} on MQTT 3.x
   */
  request(topic: string | Topic, payload?: Payload, options: RequestOptions = NO_OPTIONS): Promise<Message> {
    return this.#paced(() => this.#parts.requests.request(topic, payload, options));
  }

  /**
   * MQTT 5: calls the handler for each message of these filters. It publishes the result to the response topic of the
   * message, at the same quality of service. When the handler throws, the response is empty, with the user property
   * `error`: the message of a `ResponseError`, or `internal error`.
   * @throws as `stream` does; {TypeError} on MQTT 3.x
   */
  respond(
    topic: Subscriptions,
    handler: RequestHandler,
    options: RespondOptions = NO_OPTIONS,
  ): Promise<Responder> {
    return this.#paced(() => openResponder(this.#parts, topic, handler, options));
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
      return this.#parts.connection.reauthenticate(data, this.#parts.timeLimit.of(options));
    });
  }

  /** Has an open connection keep the process alive, which is the default. */
  ref(): this {
    this.#parts.supervisor.ref(true);
    return this;
  }

  /** Lets the process end despite an open connection. */
  unref(): this {
    this.#parts.supervisor.ref(false);
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

  static {
    // biome-ignore lint/complexity/noThisInStatic: by its name, esbuild would call the class _Client in stacks.
    inspectAs<Client>(this.prototype, (client) => {
      const { state, broker, identifier, statistics } = client;
      return Object.assign({ state, broker, identifier, statistics }, client);
    });
  }
}
