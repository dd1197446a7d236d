import { encodeProperties } from "../packets/properties.ts";
import type { AckProperties, MessageProperties } from "../protocol/property-types.ts";
import type { Topic } from "../protocol/topic.ts";
import { brand } from "../util/brand.ts";
import { format } from "../util/check.ts";
import { inspectAs } from "../util/inspection.ts";

const RETAIN = 1 << 2;
const DUPLICATE = 1 << 3;
/** The reason codes of PUBACK and PUBREC (MQTT 5, sections 3.4.2.1 and 3.5.2.1). */
const ACKNOWLEDGEMENT_CODES = new Set([0, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99]);
const BYTE_ORDER_MARK = 0xfeff;

/**
 * A received message, from `client.messages`. Programs do not construct messages.
 *
 * Its memory is shared with other messages that arrived at about the same time, and cannot be transferred to another
 * thread. A program needs a {@link copy} to transfer a payload, or to keep few of many messages for long.
 *
 * All members are own properties: `{ ...message }`, `structuredClone` and `postMessage` keep them.
 */
export class Message {
  /** The topic that the message was published to (MQTT 5, section 3.3.2.1). */
  readonly topic: Topic;
  /** The payload, a view of memory that is shared with other messages. Programs must not write to it. */
  readonly payload: Buffer;
  /** The quality of service of this delivery. */
  readonly qos: 0 | 1 | 2;
  /** Whether it is a retained message that was published earlier (MQTT 5, section 3.3.1.3). */
  readonly retain: boolean;
  /** Whether it may be a repeated delivery (MQTT 5, section 3.3.1.1). */
  readonly dup: boolean;
  /** The packet identifier; 0 at QoS 0. */
  readonly mid: number;
  /** MQTT 5: the properties of the PUBLISH packet; undefined when it has none, and on 3.x. */
  readonly properties: MessageProperties | undefined;

  /** Called by the client only. `flags`: as in docs/event-format.md. */
  constructor(
    topic: Topic,
    payload: Buffer,
    flags: number,
    mid: number,
    properties: MessageProperties | undefined,
  ) {
    this.topic = topic;
    this.payload = payload;
    this.qos = (flags & 3) as 0 | 1 | 2;
    this.retain = (flags & RETAIN) !== 0;
    this.dup = (flags & DUPLICATE) !== 0;
    this.mid = mid;
    this.properties = properties;
  }

  /**
   * Returns the payload decoded as UTF-8. Invalid bytes become U+FFFD. A byte order mark is kept, as by
   * `Buffer.toString`.
   */
  text(): string {
    return this.payload.toString("utf8");
  }

  /**
   * Parses the payload as JSON, without a byte order mark (RFC 8259, section 8.1).
   * @throws the `SyntaxError` of `JSON.parse`
   */
  json<T = unknown>(): T {
    const text = this.text();
    return JSON.parse(text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text) as T;
  }

  /** Returns an object for `JSON.stringify`, which formats the payload as it does any `Buffer`. */
  toJSON(): { topic: string } & Pick<Message, "payload" | "qos" | "retain" | "dup" | "mid" | "properties"> {
    const { payload, qos, retain, dup, mid, properties } = this;
    return { topic: this.topic.value, payload, qos, retain, dup, mid, properties };
  }

  /** Returns the same message with a payload in memory of its own. */
  copy(): Message {
    const { topic, qos, retain, dup, mid, properties } = this;
    const payload = Buffer.from(new Uint8Array(this.payload).buffer);
    return new Message(topic, payload, encodeFlags(qos, retain, dup), mid, properties);
  }

  /**
   * Tells the broker that the message is done, where that was not told when it was received (option `acknowledge`).
   * Returns false when there is nothing to acknowledge, or not any more. A message with several destinations is
   * acknowledged when each of them has done so; the first failing code counts.
   *
   * `reasonCode`: MQTT 5: a code of PUBACK and PUBREC (section 3.4.2.1), such as 0x83. Default: 0, success.
   * @throws {TypeError | RangeError} for a code or for properties that are not allowed
   */
  acknowledge(reasonCode?: number, properties?: AckProperties): boolean {
    Message.checkAcknowledge(reasonCode, properties);
    return false;
  }

  /** @internal Throws for invalid arguments of `acknowledge`. */
  static checkAcknowledge(reasonCode: number | undefined, properties: AckProperties | undefined): void {
    if (reasonCode !== undefined && typeof reasonCode !== "number")
      throw new TypeError(`reasonCode must be a number, not ${format(reasonCode)}`);
    if (reasonCode !== undefined && !ACKNOWLEDGEMENT_CODES.has(reasonCode))
      throw new RangeError(`reasonCode must be one of PUBACK and PUBREC, not ${format(reasonCode)}`);
    if (properties !== undefined) encodeProperties("ack", properties);
  }

  /** @internal The flags of the constructor. */
  static encodeFlags(qos: number, retain: boolean, dup: boolean): number {
    return encodeFlags(qos, retain, dup);
  }

  /** @internal Returns another message over the same payload, with these properties. */
  with(properties: MessageProperties | undefined): Message {
    const { topic, payload, qos, retain, dup, mid } = this;
    return new Message(topic, payload, encodeFlags(qos, retain, dup), mid, properties);
  }

  static {
    inspectAs(Message.prototype, (message) => message.toJSON());
  }
}

brand(Message, "Message");

function encodeFlags(qos: number, retain: boolean, dup: boolean): number {
  return qos | (retain ? RETAIN : 0) | (dup ? DUPLICATE : 0);
}
