/** The options of one filter of a SUBSCRIBE packet. MQTT 3 has only the QoS. */
export interface SubscriptionOptions {
  /** The maximum QoS of delivered messages. */
  qos: 0 | 1 | 2;
  /** Whether the client's own messages are not delivered to it. */
  noLocal?: boolean | undefined;
  /** Whether messages keep the retain flag of their publication. */
  retainAsPublished?: boolean | undefined;
  /** When to deliver retained messages: 0 always, 1 for a new subscription, 2 never. */
  retainHandling?: 0 | 1 | 2 | undefined;
}

/** Encodes the subscription options of a filter in their byte (MQTT 5, section 3.8.3.1). */
export function encodeSubscribeOptions(options: SubscriptionOptions): number {
  const { qos, noLocal = false, retainAsPublished = false, retainHandling = 0 } = options;
  return qos | (noLocal ? 0x04 : 0) | (retainAsPublished ? 0x08 : 0) | (retainHandling << 4);
}
