import type { CallLimits } from "../options/time-limit.ts";
import { inContext, MqttCodeError, MqttError } from "../protocol/errors.ts";
import { ReasonCode } from "../protocol/reason-code.ts";
import { deferred } from "../util/deferred.ts";
import { within } from "../util/within.ts";
import type { ReasonCodes } from "./results.ts";
import type { SubscriptionIdentifiers } from "./subscription-identifiers.ts";
import { combined } from "./subscription-packets.ts";
import type { SubscriptionSender } from "./subscription-sender.ts";
import {
  checkSameOptions,
  type Destination,
  hasOtherHolder,
  type Subscription,
  type SubscriptionTable,
  type Wanted,
} from "./subscription-table.ts";

/** The subscriptions that a destination asks for. */
export interface Acquisition {
  readonly wanted: readonly Wanted[];
  readonly holder: Destination;
  /** Whether a subscription that is there already serves the destination, too. */
  isShared(each: Wanted): boolean;
}

/** The surroundings of an acquirer. */
export interface AcquirerParts {
  readonly table: SubscriptionTable;
  readonly sender: SubscriptionSender;
  readonly identifiers: SubscriptionIdentifiers;
  /** The destination of `client.subscribe`. */
  readonly program: Destination;
  /** Describes a call for an error. */
  describe(filters: readonly string[]): string;
}

/** Gets subscriptions for the destinations of one client, which share those of the same filter. */
export class SubscriptionAcquirer {
  readonly #parts: AcquirerParts;

  constructor(parts: AcquirerParts) {
    this.#parts = parts;
  }

  /** Throws if a destination cannot have these subscriptions. */
  check({ wanted, holder, isShared }: Acquisition): void {
    const { table, program, identifiers } = this.#parts;
    for (const [place, each] of wanted.entries()) {
      const known = table.get(each.filter);
      if (known !== undefined && isShared(each)) checkSameOptions(known, each);
      const earlier = wanted.slice(0, place).find(({ filter }) => filter === each.filter);
      if (holder !== program && earlier !== undefined && earlier.options !== each.options)
        throw new TypeError(`topic must not name a filter twice with different options: ${each.filter}`);
    }
    if (identifiers.areSupported) return;
    const isStream = holder !== program;
    table.checkOverlaps(
      wanted.map(({ filter }) => filter),
      (other) => isStream || this.hasStream(other),
    );
  }

  /** Subscribes. Filters that are shared are not sent again. */
  async acquire(acquisition: Acquisition, limits: CallLimits): Promise<ReasonCodes> {
    const { wanted, holder, isShared } = acquisition;
    const { table, sender, program, identifiers, describe } = this.#parts;
    this.check(acquisition);
    const shared = wanted.filter(isShared);
    const rest = wanted.filter((each) => !isShared(each));
    const names = wanted.map(({ filter }) => filter);
    sender.checkConnection("subscribe to", names);
    const known = shared.map((each) => table.hold(each, holder));
    const groups = holder === program ? [rest].filter(({ length }) => length > 0) : identifiers.divide(rest);
    const [only, ...others] = groups;
    if (only?.length === wanted.length && others.length === 0) return this.send(only, holder, limits);
    const outcomes = await Promise.allSettled([
      ...groups.map(async (group) => this.send(group, holder, limits)),
      ...known.map((subscription) => this.#whenGranted(subscription, holder, limits)),
    ]);
    const members = [...groups, ...shared.map((each) => [each])];
    return combined(names, members, outcomes, describe);
  }

  /** Has the first connection subscribe. */
  plan({ wanted, holder, isShared }: Acquisition): void {
    const { table, sender, identifiers } = this.#parts;
    for (const group of identifiers.divide(wanted.filter((each) => !isShared(each)))) {
      const identifier = identifiers.choose(group);
      for (const subscription of this.#hold(group, holder, identifier)) subscription.granted = undefined;
      sender.plan(group, identifier);
    }
    for (const each of wanted) table.hold(each, holder);
  }

  /**
   * Sends one SUBSCRIBE packet for subscriptions, and makes them those of a destination. Without a destination they are
   * there already, and get an identifier.
   */
  async send(
    wanted: readonly Wanted[],
    holder: Destination | undefined,
    limits: CallLimits,
  ): Promise<ReasonCodes> {
    const identifier = this.#parts.identifiers.choose(wanted);
    const subscriptions: Subscription[] = [];
    const call = this.#parts.sender.subscribe({
      wanted,
      identifier,
      limits,
      isRepeated: holder === undefined,
      onAnswer: (codes) => this.#onAnswer(subscriptions, codes, identifier !== undefined),
    });
    subscriptions.push(...this.#hold(wanted, holder, identifier));
    // The call has one reaction only, so that the stacks of its errors name the caller.
    const settled = deferred<void>();
    for (const each of subscriptions) each.pending = settled.promise;
    try {
      return await call;
    } catch (error) {
      if (error instanceof MqttError && error.sent === false) this.#forgetUngranted(subscriptions);
      throw error;
    } finally {
      for (const each of subscriptions) if (each.pending === settled.promise) each.pending = undefined;
      settled.resolve();
    }
  }

  /** Whether a stream has a subscription. */
  hasStream(subscription: Subscription | undefined): boolean {
    return subscription !== undefined && hasOtherHolder(subscription, this.#parts.program);
  }

  /** Enters subscriptions in the table before the broker knows them, because messages may come before its answer. */
  #hold(
    wanted: readonly Wanted[],
    holder: Destination | undefined,
    identifier: number | undefined,
  ): Subscription[] {
    const { table } = this.#parts;
    return wanted.flatMap((each) => {
      const known = table.get(each.filter);
      const hadNone = known?.identifiers.length === 0;
      const subscription = holder === undefined ? known : table.hold(each, holder);
      if (subscription === undefined) return [];
      subscription.wanted = each;
      subscription.refused = undefined;
      const given = identifier ?? each.properties?.subscriptionIdentifier;
      if (given !== undefined) table.identify(subscription, given);
      if (hadNone || given === undefined) subscription.mayLackIdentifier = true;
      return subscription;
    });
  }

  #onAnswer(
    subscriptions: readonly Subscription[],
    codes: readonly ReasonCode[],
    hasIdentifier: boolean,
  ): void {
    for (const [index, subscription] of subscriptions.entries()) {
      const code = codes[index];
      if (code === undefined) continue;
      if (code.isFailure) {
        subscription.refused = new MqttCodeError(code, { sent: true });
        this.#forgetUngranted([subscription]);
        continue;
      }
      subscription.granted = code;
      subscription.isActive = true;
      if (hasIdentifier) subscription.mayLackIdentifier = false;
    }
  }

  /** Forgets subscriptions of the program that the broker has never granted. */
  #forgetUngranted(subscriptions: readonly Subscription[]): void {
    for (const subscription of subscriptions)
      if (subscription.granted === undefined && !this.hasStream(subscription))
        this.#parts.table.remove(subscription);
  }

  /** Waits until a subscription that others have requested is granted. Requests it again if their call failed. */
  async #whenGranted(
    subscription: Subscription,
    holder: Destination,
    limits: CallLimits,
  ): Promise<ReasonCodes> {
    const { filter } = subscription.wanted;
    const { registry } = this.#parts.sender;
    const timeout = limits.isDefault ? Number.POSITIVE_INFINITY : limits.timeout;
    while (subscription.granted === undefined) {
      if (subscription.refused !== undefined) throw subscription.refused;
      if (registry.isPlanned(filter)) break;
      if (subscription.pending === undefined) return this.send([subscription.wanted], holder, limits);
      await within({ timeout, signal: limits.signal }, subscription.pending, () =>
        this.#timedOut(filter, limits.timeout),
      );
    }
    const code = subscription.granted ?? ReasonCode.of(0, "suback");
    return Object.assign([code], { properties: undefined });
  }

  #timedOut(filter: string, timeout: number): MqttError {
    const context = `${this.#parts.describe([filter])}, limit ${timeout} s`;
    return inContext(new MqttError("Operation timed out", { code: "TIMEOUT" }), context, false);
  }
}
