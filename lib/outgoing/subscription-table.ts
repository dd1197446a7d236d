import type { Message } from "../incoming/message.ts";
import type { Receipt } from "../incoming/receipt.ts";
import type { MqttError } from "../protocol/errors.ts";
import { filtersOverlap, isShared } from "../protocol/filter-overlap.ts";
import type { SubscribeProperties } from "../protocol/property-types.ts";
import type { ReasonCode } from "../protocol/reason-code.ts";
import type { Topic } from "../protocol/topic.ts";
import { TopicMap } from "../protocol/topic-map.ts";
import { format } from "../util/check.ts";

/** A receiver of messages: `client.messages`, or a stream. */
export interface Destination {
  /** Whether it wants one of several copies of a message, which a broker sends for overlapping subscriptions. */
  readonly mergesCopies: boolean;
  /** Adds a message to the queue. */
  push(message: Message): void;
  /** Adds a message whose acknowledgement has not been sent. */
  pushDeferred(message: Message, receipt: Receipt): void;
  /** The broker has refused one of its subscriptions. */
  refuse(error: MqttError): void;
}

/** A subscription that is wanted. */
export interface Wanted {
  readonly filter: string;
  /** The byte of the requested options (MQTT 5, section 3.8.3.1). */
  readonly options: number;
  /** The properties of the program. */
  readonly properties: SubscribeProperties | undefined;
}

/** A subscription of a client, which several destinations may share. */
export interface Subscription {
  wanted: Wanted;
  /** Its place in the order of subscriptions. */
  readonly order: number;
  /** The Subscription Identifier at the broker; before it the previous one, whose messages may still arrive. */
  identifiers: readonly number[];
  /** Whether the broker may have the subscription without an identifier. */
  mayLackIdentifier: boolean;
  readonly holders: Set<Destination>;
  /** The destinations that it was made for, which get retained messages. */
  founders: ReadonlySet<Destination>;
  /** The answer of the broker that granted it. */
  granted: ReasonCode | undefined;
  /** Whether the broker of the present session has granted it. */
  isActive: boolean;
  /** The answer of the broker that refused it. */
  refused: MqttError | undefined;
  /** A SUBSCRIBE under way: settles when its call ends. */
  pending: Promise<unknown> | undefined;
  /** Whether it is being unsubscribed. */
  isLeaving: boolean;
}

/** Whether a subscription has a destination besides this one. */
export function hasOtherHolder({ holders }: Subscription, holder: Destination): boolean {
  return holders.size > (holders.has(holder) ? 1 : 0);
}

/** The highest Subscription Identifier (MQTT 5, section 3.8.2.1.2). Identifiers of the client count down from it. */
const HIGHEST_IDENTIFIER = 268_435_455;
/** The lowest identifier that the client uses. */
const LOWEST_IDENTIFIER = 134_217_728;

const RETAIN_HANDLING_SHIFT = 4;

/** The subscriptions of one client, with their destinations and their identifiers. */
export class SubscriptionTable {
  readonly #byFilter = new TopicMap<Subscription>();
  // Sets that most clients do not need are made when they are.
  /** The filters of shared subscriptions. */
  #shared: Set<string> | undefined;
  #programIdentifiers: Set<number> | undefined;
  #ownInUse: Set<number> | undefined;
  #lastIdentifier = HIGHEST_IDENTIFIER + 1;
  #lowest = HIGHEST_IDENTIFIER + 1;
  #order = 0;

  /** Returns the subscription of a filter, unless it is being unsubscribed. */
  get(filter: string): Subscription | undefined {
    const subscription = this.#byFilter.get(filter);
    return subscription?.isLeaving ? undefined : subscription;
  }

  /** Returns all subscriptions. */
  all(): Subscription[] {
    return [...this.#byFilter].map(([, subscription]) => subscription);
  }

  /** Returns the subscriptions whose filters match a topic. */
  match(topic: Topic): Subscription[] {
    return this.#byFilter.match(topic);
  }

  /** Adds a destination to the subscription of a filter, and makes it if there is none. */
  hold(wanted: Wanted, holder: Destination): Subscription {
    const identifier = wanted.properties?.subscriptionIdentifier;
    if (identifier !== undefined) {
      this.#programIdentifiers ??= new Set();
      this.#programIdentifiers.add(identifier);
    }
    const known = this.get(wanted.filter);
    if (known !== undefined) {
      known.holders.add(holder);
      return known;
    }
    const subscription: Subscription = {
      wanted,
      order: this.#order++,
      identifiers: identifier === undefined ? [] : [identifier],
      mayLackIdentifier: false,
      holders: new Set([holder]),
      founders: new Set([holder]),
      granted: undefined,
      isActive: false,
      refused: undefined,
      pending: undefined,
      isLeaving: false,
    };
    this.#byFilter.set(wanted.filter, subscription);
    if (isShared(wanted.filter)) {
      this.#shared ??= new Set();
      this.#shared.add(wanted.filter);
    }
    return subscription;
  }

  /** Gives a subscription an identifier. Messages with the previous one still count. */
  identify(subscription: Subscription, identifier: number): void {
    const last = subscription.identifiers.at(-1);
    if (last !== identifier)
      subscription.identifiers = last === undefined ? [identifier] : [last, identifier];
  }

  /** Removes a subscription. A newer one of the same filter stays. */
  remove(subscription: Subscription): void {
    const { filter } = subscription.wanted;
    for (const identifier of subscription.identifiers) this.#ownInUse?.delete(identifier);
    if (this.#byFilter.get(filter) !== subscription) return;
    this.#byFilter.delete(filter);
    this.#shared?.delete(filter);
  }

  /** Removes all subscriptions. Identifiers are not used again, because messages with them may arrive. */
  clear(): void {
    this.#byFilter.clear();
    this.#shared?.clear();
    this.#ownInUse?.clear();
  }

  /** Returns an identifier that no subscription has. */
  nextIdentifier(): number {
    this.#ownInUse ??= new Set();
    do {
      this.#lastIdentifier--;
      if (this.#lastIdentifier < LOWEST_IDENTIFIER) this.#lastIdentifier = HIGHEST_IDENTIFIER;
    } while (this.#programIdentifiers?.has(this.#lastIdentifier) || this.#ownInUse.has(this.#lastIdentifier));
    this.#ownInUse.add(this.#lastIdentifier);
    this.#lowest = Math.min(this.#lowest, this.#lastIdentifier);
    return this.#lastIdentifier;
  }

  /** Whether the client, and not the program, has given out an identifier. */
  isOwn(identifier: number): boolean {
    return identifier >= this.#lowest && !this.#programIdentifiers?.has(identifier);
  }

  /**
   * Throws a `TypeError` if a filter is of a shared subscription and overlaps another filter, or the other way round.
   * `concerns`: whether another subscription counts.
   */
  checkOverlaps(filters: readonly string[], concerns: (other: Subscription) => boolean): void {
    const shared = this.#shared ?? [];
    const hasShared = this.#shared !== undefined || filters.some(isShared);
    if (!hasShared) return;
    for (const [place, filter] of filters.entries()) {
      for (const other of filters.slice(place + 1)) check(filter, other);
      // Without a shared filter, only shared ones matter.
      const others = isShared(filter) ? [...this.#byFilter].map(([other]) => other) : shared;
      for (const other of others) {
        const subscription = this.get(other);
        if (subscription !== undefined && concerns(subscription)) check(filter, other);
      }
    }
  }
}

function check(filter: string, other: string): void {
  if (filter === other || (!isShared(filter) && !isShared(other)) || !filtersOverlap(filter, other)) return;
  throw new TypeError(
    `topic: a shared subscription must not overlap another filter without Subscription Identifiers, ` +
      `as ${format(filter)} overlaps ${format(other)}`,
  );
}

/** Throws a `TypeError` that names the options that differ from those of the subscription that is there. */
export function checkSameOptions({ wanted: known }: Subscription, wanted: Wanted): void {
  const [is, was] = [readOptions(wanted), readOptions(known)];
  const differing = Object.keys(is).filter((name) => format(is[name]) !== format(was[name]));
  if (differing.length === 0) return;
  const list = differing.map((name) => `${name} (${format(is[name])}, not ${format(was[name])})`).join(", ");
  throw new TypeError(
    `Subscriptions of a filter must have the same options: ${list} differs for ${format(wanted.filter)}`,
  );
}

function readOptions({ options, properties }: Wanted): Record<string, unknown> {
  const { subscriptionIdentifier, userProperties } = properties ?? {};
  return {
    qos: options & 3,
    noLocal: (options & 4) !== 0,
    retainAsPublished: (options & 8) !== 0,
    retainHandling: options >> RETAIN_HANDLING_SHIFT,
    subscriptionIdentifier,
    userProperties: JSON.stringify(userProperties ?? []),
  };
}
