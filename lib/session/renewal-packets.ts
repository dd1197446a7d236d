import type { GrantedSubscription } from "../outgoing/subscription-registry.ts";

/** A SUBSCRIBE packet that renews subscriptions. */
export interface RenewalPacket {
  readonly subscriptions: GrantedSubscription[];
  readonly properties: Buffer | undefined;
}

/** So many filters are in one packet. */
const MAX_FILTERS = 1000;
/** The fixed header, the packet identifier, and the properties if there are none. */
const OVERHEAD = 5 + 2 + 1;
/** The length of a filter, and the byte of its options. */
const FILTER_OVERHEAD = 2 + 1;

/** Returns the bytes that a subscription adds to a packet. */
function measureFilter({ filter }: GrantedSubscription): number {
  return FILTER_OVERHEAD + Buffer.byteLength(filter);
}

/**
 * Packs subscriptions into few packets: one packet has the same properties for all its filters. `maximumPacketSize` is
 * the broker's, in bytes. A subscription that exceeds it alone is among `tooLarge`.
 */
export function packRenewals(
  subscriptions: readonly GrantedSubscription[],
  maximumPacketSize: number,
): { packets: RenewalPacket[]; tooLarge: GrantedSubscription[] } {
  const packets: RenewalPacket[] = [];
  const tooLarge: GrantedSubscription[] = [];
  for (const group of groups(subscriptions)) {
    const { properties } = group[0];
    const empty = OVERHEAD + (properties?.byteLength ?? 0);
    let packet: RenewalPacket | undefined;
    let size = 0;
    for (const subscription of group) {
      const more = measureFilter(subscription);
      if (empty + more > maximumPacketSize) {
        tooLarge.push(subscription);
        continue;
      }
      if (
        packet === undefined ||
        packet.subscriptions.length === MAX_FILTERS ||
        size + more > maximumPacketSize
      ) {
        packet = { subscriptions: [], properties };
        packets.push(packet);
        size = empty;
      }
      packet.subscriptions.push(subscription);
      size += more;
    }
  }
  return { packets, tooLarge };
}

function groups(
  subscriptions: readonly GrantedSubscription[],
): [GrantedSubscription, ...GrantedSubscription[]][] {
  const byProperties = new Map<string, [GrantedSubscription, ...GrantedSubscription[]]>();
  for (const subscription of subscriptions) {
    const key = subscription.properties?.toString("latin1") ?? "";
    const group = byProperties.get(key);
    if (group === undefined) byProperties.set(key, [subscription]);
    else group.push(subscription);
  }
  return [...byProperties.values()];
}
