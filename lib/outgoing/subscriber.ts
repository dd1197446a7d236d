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
import { decodeSuback, decodeUnsuback } from "../packets/reply.ts";
import { inContext, MqttError } from "../protocol/errors.ts";
import { ProtocolVersion } from "../protocol/protocol-version.ts";
import { callContext } from "./call-context.ts";
import type { Outgoing } from "./outgoing.ts";
import type { Operation } from "./pending-operations.ts";
import { decodeSubscribeResult, decodeUnsubscribeResult, type ReasonCodes } from "./results.ts";
import {
  filterTexts,
  type SubscribeRequest,
  type Subscriptions,
  subscribeRequest,
  type TopicFilter,
} from "./subscription.ts";
import { type GrantedSubscription, SubscriptionRegistry } from "./subscription-registry.ts";

/** Checks the subscribes and unsubscribes of one client, and queues them in the native session. */
export class Subscriber {
  readonly #settings: Settings;
  readonly #timeLimit: TimeLimit;
  readonly #connection: Connection;
  readonly #outgoing: Outgoing;
  /** The granted subscriptions. It stays empty in a client that does not connect again. */
  readonly registry: SubscriptionRegistry = new SubscriptionRegistry();
  /** The calls without an answer, also those that have ended, with the consequence of the answer. */
  readonly #unanswered = new Map<number, (completion: Completion) => void>();
  readonly #renews: boolean;

  constructor(settings: Settings, timeLimit: TimeLimit, connection: Connection, outgoing: Outgoing) {
    this.#settings = settings;
    this.#timeLimit = timeLimit;
    this.#connection = connection;
    this.#outgoing = outgoing;
    this.#renews = settings.reconnect !== undefined;
  }

  /** Remembers the consequences of an answer, also if its call has ended before. */
  onCompleted(token: number, completion: Completion): void {
    if (this.#unanswered.size === 0) return;
    const note = this.#unanswered.get(token);
    this.#unanswered.delete(token);
    if (note === undefined || completion.pahoError !== 0) return;
    try {
      note(completion);
    } catch {
      // An answer that cannot be decoded ends the connection elsewhere.
    }
  }

  /** A connection has been made. Calls that ended on an earlier one are not sent again, so no answer comes. */
  onConnected(): void {
    for (const token of this.#unanswered.keys())
      if (!this.#outgoing.has(token)) this.#unanswered.delete(token);
  }

  /** Forgets all subscriptions. */
  clear(): void {
    this.registry.clear();
    this.#unanswered.clear();
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
    const operation = this.#operation(
      "subscribe to",
      (completion) => decodeSubscribeResult(completion, filters.length, protocol),
      ({ capabilities }) => capabilities.checkSubscribe(filters, encoded, hasIdentifier),
    );
    const session = this.#sessionFor(operation, filters);
    return this.#outgoing.start(operation, filters, limits, (token) => {
      if (this.#renews)
        this.#unanswered.set(token, ({ answer }) => {
          const granted = toGranted(request, encoded, hasIdentifier);
          if (answer !== undefined) this.registry.add(granted, decodeSuback(answer, protocol).reasonCodes);
        });
      session.subscribe(token, filters, request.options, encoded);
      return true;
    });
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
    const operation = this.#operation(
      "unsubscribe from",
      (completion) => decodeUnsubscribeResult(completion, filters.length, protocol),
      ({ capabilities }) => capabilities.checkUnsubscribe(filters, encoded),
    );
    const session = this.#sessionFor(operation, filters);
    return this.#outgoing.start(operation, filters, limits, (token) => {
      if (this.#renews)
        this.#unanswered.set(token, ({ answer }) => {
          // On 3.x the answer has no codes: it is a success for each filter.
          const hasCodes = protocol === ProtocolVersion.V5 && answer !== undefined;
          const codes = hasCodes ? decodeUnsuback(answer, protocol).reasonCodes : [];
          for (const [index, filter] of filters.entries())
            if (!codes[index]?.isFailure) this.registry.delete(filter);
        });
      session.unsubscribe(token, filters, encoded);
      return true;
    });
  }

  /** Returns the native session for a call. Throws without a connection, or if the broker does not support the call. */
  #sessionFor({ name, check }: Operation<ReasonCodes>, filters: readonly string[]): NativeSession {
    try {
      const session = this.#connection.sessionFor(this.#settings.whileDisconnected === "wait");
      check?.();
      return session;
    } catch (error) {
      if (!(error instanceof MqttError)) throw error;
      throw inContext(error, callContext(name, filters, this.#connection.broker), false);
    }
  }

  /**
   * Makes an operation whose answer `read` decodes. An answer that breaks the protocol ends the connection. `check`
   * throws if the broker does not support the call.
   */
  #operation(
    name: string,
    read: (completion: Completion) => ReasonCodes,
    check: (connection: Connection) => void,
  ): Operation<ReasonCodes> {
    return {
      name,
      check: () => check(this.#connection),
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

function toGranted(
  { filters, options }: SubscribeRequest,
  properties: Buffer | undefined,
  hasIdentifier: boolean,
): GrantedSubscription[] {
  return filters.map((filter, index) => ({
    filter,
    options: options[index] ?? 0,
    properties,
    hasIdentifier,
  }));
}
