import { LARGEST_PACKET } from "../packets/bytes.ts";
import { byteSize } from "../packets/payload.ts";
import { MqttCodeError } from "../protocol/errors.ts";
import type { ConnackProperties } from "../protocol/property-types.ts";
import { ReasonCode } from "../protocol/reason-code.ts";

const RETAIN_NOT_SUPPORTED = 0x9a;
const QOS_NOT_SUPPORTED = 0x9b;
const TOPIC_ALIAS_INVALID = 0x94;
const PACKET_TOO_LARGE = 0x95;
const SHARED_NOT_SUPPORTED = 0x9e;
const WILDCARD_NOT_SUPPORTED = 0xa2;
const IDENTIFIERS_NOT_SUPPORTED = 0xa1;

/**
 * The capabilities that the broker announced in its CONNACK (MQTT 5, section 3.2.2.3). A request beyond them is refused
 * here, without sending, with the reason code that the broker would have answered.
 */
export class Capabilities {
  readonly #properties: ConnackProperties;

  constructor(properties: ConnackProperties | undefined) {
    this.#properties = properties ?? {};
  }

  /** The maximum size of a packet that the broker accepts, in bytes. */
  get maximumPacketSize(): number {
    return this.#properties.maximumPacketSize ?? LARGEST_PACKET;
  }

  /** Whether the broker supports Subscription Identifiers. */
  get hasIdentifiers(): boolean {
    return this.#properties.subscriptionIdentifierAvailable !== false;
  }

  /** Throws the error that the broker would answer to such a publish. */
  checkPublish(
    qos: 0 | 1 | 2,
    retain: boolean,
    topic: string,
    payload: string | Uint8Array | undefined,
    properties: Uint8Array | undefined,
  ): void {
    const { maximumQoS, retainAvailable, maximumPacketSize } = this.#properties;
    if (maximumQoS !== undefined && qos > maximumQoS) refuse(QOS_NOT_SUPPORTED);
    if (retain && retainAvailable === false) refuse(RETAIN_NOT_SUPPORTED);
    // Without a limit there is no need to count.
    if (maximumPacketSize !== undefined) {
      const overhead = 2 + (qos > 0 ? 2 : 0) + (properties?.byteLength ?? 1);
      this.#checkSize(overhead + Buffer.byteLength(topic) + byteSize(payload));
    }
  }

  /** Throws the error that the broker would answer to a topic alias of the program's choice. */
  checkAlias(alias: number): void {
    if (alias > (this.#properties.topicAliasMaximum ?? 0)) refuse(TOPIC_ALIAS_INVALID);
  }

  /** Throws the error that the broker would answer to such a subscription. */
  checkSubscribe(
    filters: readonly string[],
    properties: Uint8Array | undefined,
    hasIdentifier: boolean,
  ): void {
    const { wildcardSubscriptionAvailable, sharedSubscriptionAvailable, subscriptionIdentifierAvailable } =
      this.#properties;
    if (wildcardSubscriptionAvailable === false && filters.some((filter) => /[+#]/.test(filter)))
      refuse(WILDCARD_NOT_SUPPORTED);
    if (sharedSubscriptionAvailable === false && filters.some((filter) => filter.startsWith("$share/")))
      refuse(SHARED_NOT_SUPPORTED);
    if (hasIdentifier && subscriptionIdentifierAvailable === false) refuse(IDENTIFIERS_NOT_SUPPORTED);
    this.#checkFilters(filters, 1, properties);
  }

  /** Throws the error that the broker would answer to an UNSUBSCRIBE of these filters. */
  checkUnsubscribe(filters: readonly string[], properties: Uint8Array | undefined): void {
    this.#checkFilters(filters, 0, properties);
  }

  /** Throws the error that the broker would answer to a packet of so many bytes. */
  checkPacket(size: number): void {
    if (size > this.maximumPacketSize) refuse(PACKET_TOO_LARGE);
  }

  /** Checks the packet size. Each filter has two bytes of length and `optionSize` bytes of options (3.8.3, 3.10.3). */
  #checkFilters(filters: readonly string[], optionSize: number, properties: Uint8Array | undefined): void {
    let body = 2 + (properties?.byteLength ?? 1);
    for (const filter of filters) body += 2 + Buffer.byteLength(filter) + optionSize;
    this.#checkSize(body);
  }

  /** `body`: the size of a packet after its fixed header, in bytes. */
  #checkSize(body: number): void {
    const lengthSize = body < 128 ? 1 : body < 16_384 ? 2 : body < 2_097_152 ? 3 : 4;
    this.checkPacket(1 + lengthSize + body);
  }
}

function refuse(reasonCode: number): never {
  throw new MqttCodeError(ReasonCode.of(reasonCode));
}
