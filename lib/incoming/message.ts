import { inspectAs } from "../basics/inspection.ts";
import { decodeProperties } from "../packets/properties.ts";
import type { MessageProperties } from "../protocol/property-types.ts";
import type { Topic } from "../protocol/topic.ts";

/** Where a message's bytes lie. */
export interface MessageBytes {
  /** Shared with other messages. */
  memory: ArrayBuffer;
  start: number;
  size: number;
  /** Encoded, with their length; undefined when there are none. */
  properties: Buffer | undefined;
}

/** What the methods of `Buffer` make their results with. To go through one of them takes up to twice as long. */
const { [Symbol.species]: BufferView } = Buffer as unknown as {
  [Symbol.species]: new (memory: ArrayBuffer, start: number, size: number) => Buffer;
};

const RETAIN = 1 << 2;
const DUPLICATE = 1 << 3;

/**
 * A message that a broker sent. Not constructed by programs: it comes from `client.messages`.
 *
 * Its memory is shared with other messages that arrived at about the same time. A program that keeps few of many
 * messages for long keeps a {@link copy} of them.
 */
export class Message {
  /** The topic that the message was published to (MQTT 5, section 3.3.2.1). */
  readonly topic: Topic;
  /** The packet identifier; 0 at QoS 0. */
  readonly mid: number;
  readonly #flags: number;
  readonly #bytes: MessageBytes;
  #payload: Buffer | undefined;
  #properties: MessageProperties | undefined;

  /** For the client alone: messages come from `client.messages`. */
  constructor(topic: Topic, flags: number, mid: number, bytes: MessageBytes) {
    this.topic = topic;
    this.mid = mid;
    this.#flags = flags;
    this.#bytes = bytes;
  }

  /** The payload: a view of memory that is shared with other messages, and not to be written to. */
  get payload(): Buffer {
    const { memory, start, size } = this.#bytes;
    this.#payload ??= new BufferView(memory, start, size);
    return this.#payload;
  }

  /** The quality of service that the broker delivered it with. */
  get qos(): 0 | 1 | 2 {
    return (this.#flags & 3) as 0 | 1 | 2;
  }

  /** Whether it was retained by the broker, rather than published just now (MQTT 5, section 3.3.1.3). */
  get retain(): boolean {
    return (this.#flags & RETAIN) !== 0;
  }

  /** Whether the broker may have delivered it before (MQTT 5, section 3.3.1.1). */
  get dup(): boolean {
    return (this.#flags & DUPLICATE) !== 0;
  }

  /** What an MQTT 5 broker sent with it; undefined when there was nothing, and on 3.x. */
  get properties(): MessageProperties | undefined {
    const encoded = this.#bytes.properties;
    if (encoded !== undefined) this.#properties ??= decodeProperties("publish", encoded).properties;
    return this.#properties;
  }

  /** The payload as text, read as UTF-8; what is not UTF-8 becomes U+FFFD. */
  text(): string {
    return this.payload.toString("utf8");
  }

  /** The payload read as JSON. Throws the `SyntaxError` of `JSON.parse`. */
  json<T = unknown>(): T {
    return JSON.parse(this.text()) as T;
  }

  /** What `JSON.stringify` makes of it; of the payload, and of other binary data, it makes what it makes of a `Buffer`. */
  toJSON(): { topic: string } & Pick<Message, "payload" | "qos" | "retain" | "dup" | "mid" | "properties"> {
    const { payload, qos, retain, dup, mid, properties } = this;
    return { topic: this.topic.value, payload, qos, retain, dup, mid, properties };
  }

  /** The same message in memory of its own. */
  copy(): Message {
    const { properties, size } = this.#bytes;
    return new Message(this.topic, this.#flags, this.mid, {
      memory: new Uint8Array(this.payload).buffer,
      start: 0,
      size,
      properties: properties && Buffer.from(properties),
    });
  }

  static {
    inspectAs(Message.prototype, (message) => message.toJSON());
  }
}
