import { MqttCodeError } from "./errors.ts";
import type { ConnackProperties } from "./property-types.ts";
import { ReasonCode } from "./reason-code.ts";

const RETAIN_NOT_SUPPORTED = 0x9a;
const QOS_NOT_SUPPORTED = 0x9b;
const TOPIC_ALIAS_INVALID = 0x94;
const PACKET_TOO_LARGE = 0x95;
const SHARED_NOT_SUPPORTED = 0x9e;
const WILDCARD_NOT_SUPPORTED = 0xa2;
const IDENTIFIERS_NOT_SUPPORTED = 0xa1;

/**
 * What the broker said in its CONNACK that it can do (MQTT 5, section 3.2.2.3). What it cannot do is refused here with the
 * reason code that it would have answered, without sending.
 */
export class Capabilities {
  readonly #properties: ConnackProperties;

  constructor(properties: ConnackProperties | undefined) {
    this.#properties = properties ?? {};
  }

  /** Throws what the broker would answer to such a publish. `contentSize`: of topic, properties and payload, in bytes. */
  checkPublish(qos: 0 | 1 | 2, retain: boolean, contentSize: () => number): void {
    const { maximumQoS, retainAvailable, maximumPacketSize } = this.#properties;
    if (maximumQoS !== undefined && qos > maximumQoS) refuse(QOS_NOT_SUPPORTED);
    if (retain && retainAvailable === false) refuse(RETAIN_NOT_SUPPORTED);
    if (maximumPacketSize !== undefined && publishSize(qos, contentSize()) > maximumPacketSize)
      refuse(PACKET_TOO_LARGE);
  }

  /** Throws what the broker would answer to a topic alias that the program has chosen itself. */
  checkAlias(alias: number): void {
    if (alias > (this.#properties.topicAliasMaximum ?? 0)) refuse(TOPIC_ALIAS_INVALID);
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

/** The size of a PUBLISH of MQTT 5 on the wire (sections 2.1.4 and 3.3). The content has at least one byte of properties. */
function publishSize(qos: 0 | 1 | 2, contentSize: number): number {
  const body = 2 + (qos > 0 ? 2 : 0) + contentSize;
  const lengthSize = body < 128 ? 1 : body < 16_384 ? 2 : body < 2_097_152 ? 3 : 4;
  return 1 + lengthSize + body;
}

function refuse(reasonCode: number): never {
  throw new MqttCodeError(ReasonCode.of(reasonCode));
}
