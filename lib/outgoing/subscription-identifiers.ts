import type { Connection } from "../connection/connection.ts";
import type { Settings } from "../options/settings.ts";
import { ProtocolVersion } from "../protocol/protocol-version.ts";
import { divideByProperties, divideIntoPackets } from "./subscription-packets.ts";
import type { SubscriptionTable, Wanted } from "./subscription-table.ts";

/** Chooses the Subscription Identifiers of one client (MQTT 5, section 3.8.2.1.2), from its first stream on. */
export class SubscriptionIdentifiers {
  /** Whether there is, or was, a stream, so that subscriptions get identifiers. */
  areUsed = false;
  readonly #settings: Settings;
  readonly #connection: Connection;
  readonly #table: SubscriptionTable;

  constructor(settings: Settings, connection: Connection, table: SubscriptionTable) {
    this.#settings = settings;
    this.#connection = connection;
    this.#table = table;
  }

  /** Whether the broker, as far as is known, supports identifiers. */
  get areSupported(): boolean {
    const { info } = this.#connection;
    if (this.#settings.protocol !== ProtocolVersion.V5) return false;
    return info?.properties?.subscriptionIdentifierAvailable !== false;
  }

  /** Returns an identifier for the subscriptions of one SUBSCRIBE packet; undefined if they need none. */
  choose([first, ...others]: readonly Wanted[]): number | undefined {
    if (!this.areUsed || !this.areSupported || first === undefined) return undefined;
    if (first.properties?.subscriptionIdentifier !== undefined) return undefined;
    const known = this.#table.get(first.filter)?.identifiers.at(-1);
    const mayReuse = known !== undefined && this.#table.isOwn(known) && others.length === 0;
    return mayReuse ? known : this.#table.nextIdentifier();
  }

  /** Divides the subscriptions of one call into packets, each of which has an identifier. */
  divide(wanted: readonly Wanted[]): Wanted[][] {
    return divideIntoPackets(wanted, this.areSupported);
  }

  /** Returns the subscriptions without an identifier, divided into packets. */
  lacking(): Wanted[][] {
    if (!this.areSupported) return [];
    const lacking = this.#table
      .all()
      .filter(({ identifiers, isLeaving }) => identifiers.length === 0 && !isLeaving);
    return divideByProperties(lacking.map(({ wanted }) => wanted));
  }
}
