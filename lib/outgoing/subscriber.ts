import type { Connection } from "../connection/connection.ts";
import type { Completion } from "../native/slab.ts";
import {
  OPTIONS,
  type SubscribeCallOptions,
  type UnsubscribeCallOptions,
  validateOptions,
} from "../options/call-options.ts";
import { requireV5, type Settings } from "../options/settings.ts";
import type { TimeLimit } from "../options/time-limit.ts";
import { encodeProperties } from "../packets/properties.ts";
import { MqttError } from "../protocol/errors.ts";
import { type ReasonCodes, readSubscribed, readUnsubscribed } from "./answers.ts";
import type { Outgoing } from "./outgoing.ts";
import { filterTexts, type Subscriptions, subscribeRequest, type TopicFilter } from "./subscription.ts";

/** The subscribes and unsubscribes of one client: checks them, and gives them to the engine. */
export class Subscriber {
  readonly #settings: Settings;
  readonly #timeLimit: TimeLimit;
  readonly #connection: Connection;
  readonly #outgoing: Outgoing;

  constructor(settings: Settings, timeLimit: TimeLimit, connection: Connection, outgoing: Outgoing) {
    this.#settings = settings;
    this.#timeLimit = timeLimit;
    this.#connection = connection;
    this.#outgoing = outgoing;
  }

  /** As `Client.subscribe`. */
  async subscribe(topic: Subscriptions, options: SubscribeCallOptions): Promise<ReasonCodes> {
    validateOptions(options, OPTIONS.subscribe);
    const { protocol } = this.#settings;
    const { properties, timeout: _timeout, signal: _signal, ...defaults } = options;
    const request = subscribeRequest(topic, defaults, protocol);
    if (properties !== undefined) requireV5("properties", protocol);
    const encoded = properties && encodeProperties("subscribe", properties);
    const limits = this.#timeLimit.of(options);
    const session = this.#connection.session;
    const hasIdentifier = properties?.subscriptionIdentifier !== undefined;
    this.#connection.capabilities.checkSubscribe(request.filters, encoded, hasIdentifier);
    const read = (completion: Completion) =>
      this.#decode(() => readSubscribed(completion, request.filters.length, protocol));
    return this.#outgoing.start(limits, read, (token) =>
      session.subscribe(token, request.filters, request.options, encoded),
    );
  }

  /** As `Client.unsubscribe`. */
  async unsubscribe(
    topic: TopicFilter | readonly TopicFilter[],
    options: UnsubscribeCallOptions,
  ): Promise<ReasonCodes> {
    validateOptions(options, OPTIONS.unsubscribe);
    const { protocol } = this.#settings;
    const filters = filterTexts(topic);
    if (options.properties !== undefined) requireV5("properties", protocol);
    const encoded = options.properties && encodeProperties("unsubscribe", options.properties);
    const limits = this.#timeLimit.of(options);
    const session = this.#connection.session;
    this.#connection.capabilities.checkUnsubscribe(filters, encoded);
    const read = (completion: Completion) =>
      this.#decode(() => readUnsubscribed(completion, filters.length, protocol));
    return this.#outgoing.start(limits, read, (token) => session.unsubscribe(token, filters, encoded));
  }

  /** Runs `read`; an answer that breaks the protocol ends the connection. */
  #decode<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (error instanceof MqttError && error.code === "PROTOCOL_ERROR")
        this.#connection.violate(error.message);
      throw error;
    }
  }
}
