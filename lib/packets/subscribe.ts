/** How the broker is to treat one filter of a SUBSCRIBE packet. MQTT 3 knows only the QoS. */
export interface SubscriptionOptions {
  /** The highest QoS that messages are wanted with. */
  qos: 0 | 1 | 2;
  /** Whether messages of this very client are left out. */
  noLocal?: boolean | undefined;
  /** Whether messages keep the retain flag they were published with. */
  retainAsPublished?: boolean | undefined;
  /** Retained messages come: 0 always, 1 when the subscription is new, 2 never. */
  retainHandling?: 0 | 1 | 2 | undefined;
}

/** The byte of a filter's subscription options (MQTT 5, section 3.8.3.1). */
export function encodeSubscribeOptions(options: SubscriptionOptions): number {
  const { qos, noLocal = false, retainAsPublished = false, retainHandling = 0 } = options;
  return qos | (noLocal ? 0x04 : 0) | (retainAsPublished ? 0x08 : 0) | (retainHandling << 4);
}
