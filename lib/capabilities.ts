import { MqttCodeError } from "./errors.ts";
import type { ConnackProperties } from "./property-types.ts";
import { ReasonCode } from "./reason-code.ts";

const RETAIN_NOT_SUPPORTED = 0x9a;
const QOS_NOT_SUPPORTED = 0x9b;
const PACKET_TOO_LARGE = 0x95;
const SHARED_NOT_SUPPORTED = 0x9e;
const WILDCARD_NOT_SUPPORTED = 0xa2;
const IDENTIFIERS_NOT_SUPPORTED = 0xa1;

/** Fixed header, topic length and packet identifier at their largest, in bytes. */
const PUBLISH_OVERHEAD = 5 + 2 + 2;

/**
 * What the broker said in its CONNACK that it can do (MQTT 5, section 3.2.2.3). What it cannot do is refused here with the
 * reason code that it would have answered, without sending.
 */
export class Capabilities {
  readonly #properties: ConnackProperties;

  constructor(properties: ConnackProperties | undefined) {
    this.#properties = properties ?? {};
  }

  /** Throws what the broker would answer to such a publish. `size`: of topic, properties and payload, in bytes. */
  checkPublish(qos: 0 | 1 | 2, retain: boolean, size: () => number): void {
    const { maximumQoS, retainAvailable, maximumPacketSize } = this.#properties;
    if (maximumQoS !== undefined && qos > maximumQoS) refuse(QOS_NOT_SUPPORTED);
    if (retain && retainAvailable === false) refuse(RETAIN_NOT_SUPPORTED);
    if (maximumPacketSize !== undefined && size() + PUBLISH_OVERHEAD > maximumPacketSize)
      refuse(PACKET_TOO_LARGE);
  }

  /** Throws what the broker would answer to such a subscription. */
  checkSubscribe(filters: readonly string[], hasIdentifier: boolean): void {
    const { wildcardSubscriptionAvailable, sharedSubscriptionAvailable, subscriptionIdentifierAvailable } =
      this.#properties;
    if (wildcardSubscriptionAvailable === false && filters.some((filter) => /[+#]/.test(filter)))
      refuse(WILDCARD_NOT_SUPPORTED);
    if (sharedSubscriptionAvailable === false && filters.some((filter) => filter.startsWith("$share/")))
      refuse(SHARED_NOT_SUPPORTED);
    if (hasIdentifier && subscriptionIdentifierAvailable === false) refuse(IDENTIFIERS_NOT_SUPPORTED);
  }
}

function refuse(reasonCode: number): never {
  throw new MqttCodeError(ReasonCode.of(reasonCode));
}
