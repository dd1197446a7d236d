import type { CallLimits } from "../options/time-limit.ts";
import type { UnsubscribeProperties } from "../protocol/property-types.ts";
import { ProtocolVersion } from "../protocol/protocol-version.ts";
import { ReasonCode } from "../protocol/reason-code.ts";
import type { ReasonCodes } from "./results.ts";
import { listed } from "./subscription-packets.ts";
import type { SubscriptionSender } from "./subscription-sender.ts";
import { type Destination, hasOtherHolder, type SubscriptionTable } from "./subscription-table.ts";

const NO_SUBSCRIPTION_EXISTED = 0x11;

/** The surroundings of a releaser. */
export interface ReleaserParts {
  readonly protocol: ProtocolVersion;
  readonly table: SubscriptionTable;
  readonly sender: SubscriptionSender;
  /** The destination of `client.subscribe`. */
  readonly program: Destination;
}

/** The end of the subscriptions of a destination. */
export interface Release {
  readonly filters: readonly string[];
  readonly properties: UnsubscribeProperties | undefined;
  readonly limits: CallLimits;
}

/** Unsubscribes for the destinations of one client. The last destination of a subscription sends UNSUBSCRIBE. */
export class SubscriptionReleaser {
  readonly #parts: ReleaserParts;

  constructor(parts: ReleaserParts) {
    this.#parts = parts;
  }

  /** Unsubscribes a destination. Subscriptions with other destinations stay. */
  async release(release: Release, holder: Destination): Promise<ReasonCodes> {
    const known = new Map<string, ReasonCode>();
    const sent: string[] = [];
    for (const filter of new Set(release.filters)) {
      const code = this.#releaseHere(filter, holder);
      if (code === undefined) sent.push(filter);
      else known.set(filter, code);
    }
    const codes = sent.length > 0 ? await this.#leaveFor(holder, { ...release, filters: sent }) : undefined;
    for (const [index, filter] of sent.entries()) known.set(filter, codes?.[index] ?? ReasonCode.of(0));
    return listed(release.filters, known, codes?.properties);
  }

  /** Sends UNSUBSCRIBE. Messages of the subscriptions still have their destinations until the answer is there. */
  async leave({ filters, properties, limits }: Release): Promise<ReasonCodes> {
    const { table, sender } = this.#parts;
    const leaving = filters.flatMap((filter) => table.get(filter) ?? []);
    const call = sender.unsubscribe(filters, properties, limits);
    for (const subscription of leaving) subscription.isLeaving = true;
    try {
      return await call;
    } finally {
      for (const subscription of leaving) table.remove(subscription);
    }
  }

  /** Unsubscribes a destination, if that needs no packet. Returns undefined if it does. */
  #releaseHere(filter: string, holder: Destination): ReasonCode | undefined {
    const { protocol, table, sender, program } = this.#parts;
    const success = ReasonCode.of(0, "unsuback");
    const subscription = table.get(filter);
    // The filter of a stream has been refused, or unsubscribed before.
    if (subscription === undefined) return holder === program ? undefined : success;
    if (hasOtherHolder(subscription, holder)) {
      const wasHeld = subscription.holders.delete(holder);
      const isV5 = protocol === ProtocolVersion.V5;
      return wasHeld || !isV5 ? success : ReasonCode.of(NO_SUBSCRIPTION_EXISTED, "unsuback");
    }
    const isThere = subscription.refused === undefined || subscription.granted !== undefined;
    if (isThere && !sender.registry.isPlanned(filter)) return undefined;
    sender.registry.delete(filter);
    table.remove(subscription);
    return success;
  }

  /** Sends UNSUBSCRIBE for a destination. A stream ends also without an answer, so nobody wants its filters then. */
  async #leaveFor(holder: Destination, release: Release): Promise<ReasonCodes> {
    const { table, sender, program } = this.#parts;
    try {
      return await this.leave(release);
    } catch (error) {
      if (holder !== program)
        for (const filter of release.filters) {
          const subscription = table.get(filter);
          if (subscription?.holders.has(holder)) table.remove(subscription);
          if (table.get(filter) === undefined) sender.registry.delete(filter);
        }
      throw error;
    }
  }
}
