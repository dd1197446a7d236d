import type { MessageProperties } from "../protocol/property-types.ts";
import type { Topic } from "../protocol/topic.ts";
import { brand } from "../util/brand.ts";
import { inspectAs } from "../util/inspection.ts";

const RETAIN = 1 << 2;
const DUPLICATE = 1 << 3;
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
    const flags = qos | (retain ? RETAIN : 0) | (dup ? DUPLICATE : 0);
    return new Message(topic, payload, flags, mid, properties);
  }

  static {
    inspectAs(Message.prototype, (message) => message.toJSON());
  }
}

brand(Message, "Message");
