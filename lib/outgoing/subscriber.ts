import type { Connection } from "../connection/connection.ts";
import type { Observer } from "../diagnostics/observer.ts";
import type { Completion } from "../native/event-batch.ts";
import {
  OPTIONS,
  type SubscribeCallOptions,
  type UnsubscribeCallOptions,
  validateOptions,
} from "../options/call-options.ts";
import { requireV5, type Settings } from "../options/settings.ts";
import type { CallLimits, TimeLimit } from "../options/time-limit.ts";
import { encodeProperties, keptProperties } from "../packets/properties.ts";
import { MqttCodeError } from "../protocol/errors.ts";
import type { ReasonCode } from "../protocol/reason-code.ts";
import { callContext } from "./call-context.ts";
import type { Outgoing } from "./outgoing.ts";
import type { ReasonCodes } from "./results.ts";
import { filterTexts, type Subscriptions, subscribeRequest, type TopicFilter } from "./subscription.ts";
import { type Acquisition, SubscriptionAcquirer } from "./subscription-acquirer.ts";
import { SubscriptionIdentifiers } from "./subscription-identifiers.ts";
import { type Release, SubscriptionReleaser } from "./subscription-releaser.ts";
import { SubscriptionSender } from "./subscription-sender.ts";
import { type Destination, SubscriptionTable, type Wanted } from "./subscription-table.ts";

/** The arguments of a subscribe, checked. */
export interface SubscribeCall {
  readonly wanted: readonly Wanted[];
  readonly limits: CallLimits;
}

/** Subscribes and unsubscribes for the destinations of one client: `client.messages`, and streams. */
export class Subscriber {
  readonly table: SubscriptionTable = new SubscriptionTable();
  readonly sender: SubscriptionSender;
  readonly #settings: Settings;
  readonly #timeLimit: TimeLimit;
  readonly #connection: Connection;
  /** The destination of `client.subscribe`. */
  readonly #program: Destination;
  readonly #identifiers: SubscriptionIdentifiers;
  readonly #acquirer: SubscriptionAcquirer;
  readonly #releaser: SubscriptionReleaser;

  constructor(
    settings: Settings,
    timeLimit: TimeLimit,
    connection: Connection,
    outgoing: Outgoing,
    program: Destination,
    observer: Observer,
  ) {
    this.#settings = settings;
    this.#timeLimit = timeLimit;
    this.#connection = connection;
    this.#program = program;
    const { table } = this;
    const sender = new SubscriptionSender(settings, connection, outgoing, observer);
    const identifiers = new SubscriptionIdentifiers(settings, connection, table);
    const describe = (filters: readonly string[]) => this.#describeCall(filters);
    this.sender = sender;
    this.#identifiers = identifiers;
    this.#acquirer = new SubscriptionAcquirer({ table, sender, identifiers, program, describe });
    this.#releaser = new SubscriptionReleaser({ protocol: settings.protocol, table, sender, program });
  }

  /** Remembers the consequences of an answer, also if its call has ended before. */
  onCompleted(token: number, completion: Completion): void {
    this.sender.onCompleted(token, completion);
  }

  /** A connection has been made. */
  onConnected(): void {
    this.sender.onConnected();
  }

  /** The broker has granted or refused a renewed subscription. `isFinal`: it is forgotten. */
  onRenewed(filter: string, reasonCode: ReasonCode, isFinal: boolean): void {
    const subscription = this.table.get(filter);
    if (subscription === undefined) return;
    subscription.isActive = !reasonCode.isFailure;
    if (!reasonCode.isFailure) subscription.granted = reasonCode;
    if (!reasonCode.isFailure || !isFinal) return;
    const error = new MqttCodeError(reasonCode, { context: this.#describeCall([filter]) });
    this.table.remove(subscription);
    for (const holder of subscription.holders) holder.refuse(error);
  }

  /** There is a new session, in which subscriptions are renewed. */
  onNewSession(): void {
    for (const subscription of this.table.all()) subscription.isActive = false;
  }

  /** Forgets all subscriptions. */
  clear(): void {
    this.sender.clear();
    this.table.clear();
    this.#identifiers.areUsed = false;
  }

  /** Checks the arguments of a subscribe. Throws if they are invalid. `names`: the names of the options. */
  parse(
    topic: Subscriptions,
    options: SubscribeCallOptions,
    names: Readonly<Record<string, true>> = OPTIONS.subscribe,
  ): SubscribeCall {
    validateOptions(options, names);
    const { protocol } = this.#settings;
    const { qos, noLocal, retainAsPublished, retainHandling } = options;
    const request = subscribeRequest(topic, { qos, noLocal, retainAsPublished, retainHandling }, protocol);
    if (options.properties !== undefined) requireV5("properties", protocol);
    const properties = keptProperties("subscribe", options.properties);
    const limits = this.#timeLimit.of(options);
    const wanted = request.filters.map((filter, index) => ({
      filter,
      options: request.options[index] ?? 0,
      properties,
    }));
    return { wanted, limits };
  }

  /** Subscribes as `Client.subscribe` does. Streams share their subscriptions with it. */
  async subscribe(topic: Subscriptions, options: SubscribeCallOptions): Promise<ReasonCodes> {
    const { wanted, limits } = this.parse(topic, options);
    const isShared = ({ filter }: Wanted) => this.#acquirer.hasStream(this.table.get(filter));
    const acquisition = { wanted, holder: this.#program, isShared };
    if (wanted.some(isShared)) return this.#acquirer.acquire(acquisition, limits);
    this.#acquirer.check(acquisition);
    return this.#acquirer.send(wanted, this.#program, limits);
  }

  /** Subscribes for a stream. */
  async subscribeStream({ wanted, limits }: SubscribeCall, stream: Destination): Promise<ReasonCodes> {
    const acquisition = this.#makeAcquisition(wanted, stream);
    this.sender.checkConnection(
      "subscribe to",
      wanted.map(({ filter }) => filter),
    );
    this.#acquirer.check(acquisition);
    this.#identifiers.areUsed = true;
    this.#identifyAll();
    return this.#acquirer.acquire(acquisition, limits);
  }

  /** Has the first connection subscribe for a stream. */
  planStream({ wanted }: SubscribeCall, stream: Destination): void {
    const acquisition = this.#makeAcquisition(wanted, stream);
    this.#acquirer.check(acquisition);
    this.#identifiers.areUsed = true;
    this.#acquirer.plan(acquisition);
  }

  /** Unsubscribes as `Client.unsubscribe` does. */
  async unsubscribe(
    topic: TopicFilter | readonly TopicFilter[],
    options: UnsubscribeCallOptions,
  ): Promise<ReasonCodes> {
    validateOptions(options, OPTIONS.unsubscribe);
    const filters = filterTexts(topic);
    const { properties } = options;
    if (properties !== undefined) requireV5("properties", this.#settings.protocol);
    encodeProperties("unsubscribe", properties); // throws for invalid ones
    const limits = this.#timeLimit.of(options);
    if (!this.#identifiers.areUsed) return this.#releaser.leave({ filters, properties, limits });
    this.sender.checkConnection("unsubscribe from", filters);
    return this.release({ filters, properties, limits }, this.#program);
  }

  /** Unsubscribes a destination. Subscriptions with other destinations stay. */
  async release(release: Release, holder: Destination): Promise<ReasonCodes> {
    return this.#releaser.release(release, holder);
  }

  /** A stream shares all subscriptions that are there. */
  #makeAcquisition(wanted: readonly Wanted[], holder: Destination): Acquisition {
    return { wanted, holder, isShared: ({ filter }) => this.table.get(filter) !== undefined };
  }

  /** Subscribes again, without retained messages, where subscriptions have no identifier yet. */
  #identifyAll(): void {
    const limits = this.#timeLimit.of({});
    for (const group of this.#identifiers.lacking())
      this.#acquirer.send(group, undefined, limits).catch(() => {});
  }

  #describeCall(filters: readonly string[]): string {
    return callContext("subscribe to", filters, this.#connection.broker);
  }
}
