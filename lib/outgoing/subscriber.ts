import type { Connection } from "../connection/connection.ts";
import type { NativeSession } from "../native/binding.ts";
import type { Completion } from "../native/event-batch.ts";
import {
  OPTIONS,
  type SubscribeCallOptions,
  type UnsubscribeCallOptions,
  validateOptions,
} from "../options/call-options.ts";
import { requireV5, type Settings } from "../options/settings.ts";
import type { TimeLimit } from "../options/time-limit.ts";
import { encodeProperties } from "../packets/properties.ts";
import { inContext, MqttError } from "../protocol/errors.ts";
import { callContext } from "./call-context.ts";
import type { Outgoing } from "./outgoing.ts";
import type { Operation } from "./pending-operations.ts";
import { decodeSubscribeResult, decodeUnsubscribeResult, type ReasonCodes } from "./results.ts";
import { filterTexts, type Subscriptions, subscribeRequest, type TopicFilter } from "./subscription.ts";

/** Checks the subscribes and unsubscribes of one client, and queues them in the native session. */
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

  /** Subscribes as `Client.subscribe` does. */
  async subscribe(topic: Subscriptions, options: SubscribeCallOptions): Promise<ReasonCodes> {
    validateOptions(options, OPTIONS.subscribe);
    const { protocol } = this.#settings;
    const { properties, timeout: _timeout, signal: _signal, ...defaults } = options;
    const request = subscribeRequest(topic, defaults, protocol);
    if (properties !== undefined) requireV5("properties", protocol);
    const encoded = properties && encodeProperties("subscribe", properties);
    const limits = this.#timeLimit.of(options);
    const hasIdentifier = properties?.subscriptionIdentifier !== undefined;
    const { filters } = request;
    const operation = this.#operation("subscribe to", (completion) =>
      decodeSubscribeResult(completion, filters.length, protocol),
    );
    const session = this.#sessionFor(operation, filters, ({ capabilities }) =>
      capabilities.checkSubscribe(filters, encoded, hasIdentifier),
    );
    return this.#outgoing.start(operation, filters, limits, (token) =>
      session.subscribe(token, filters, request.options, encoded),
    );
  }

  /** Unsubscribes as `Client.unsubscribe` does. */
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
    const operation = this.#operation("unsubscribe from", (completion) =>
      decodeUnsubscribeResult(completion, filters.length, protocol),
    );
    const session = this.#sessionFor(operation, filters, ({ capabilities }) =>
      capabilities.checkUnsubscribe(filters, encoded),
    );
    return this.#outgoing.start(operation, filters, limits, (token) =>
      session.unsubscribe(token, filters, encoded),
    );
  }

  /** Returns the native session for a call. Throws without a connection, or if the broker does not support the call. */
  #sessionFor(
    { name }: Operation<ReasonCodes>,
    filters: readonly string[],
    check: (connection: Connection) => void,
  ): NativeSession {
    try {
      const { session } = this.#connection;
      check(this.#connection);
      return session;
    } catch (error) {
      if (!(error instanceof MqttError)) throw error;
      throw inContext(error, callContext(name, filters, this.#settings.target.name), false);
    }
  }

  /** Makes an operation whose answer `read` decodes. An answer that breaks the protocol ends the connection. */
  #operation(name: string, read: (completion: Completion) => ReasonCodes): Operation<ReasonCodes> {
    return {
      name,
      read: (completion) => {
        try {
          return read(completion);
        } catch (error) {
          if (error instanceof MqttError && error.code === "PROTOCOL_ERROR")
            this.#connection.violate(error.message);
          throw error;
        }
      },
    };
  }
}
