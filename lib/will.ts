import { validateMembers } from "./call-options.ts";
import { show } from "./check.ts";
import { type Payload, toWillBytes } from "./payload.ts";
import { encodeProperties } from "./properties.ts";
import type { WillProperties } from "./property-types.ts";
import { Topic, validateTopic } from "./topic.ts";

/** What a `Will` is made with. */
export interface WillOptions {
  /** Where the message is published. */
  topic: string | Topic;
  /** At most 65 535 bytes; default: empty. */
  payload?: Payload;
  /** Default: 0. */
  qos?: 0 | 1 | 2;
  /** Default: false. */
  retain?: boolean;
  /** MQTT 5 only. */
  properties?: WillProperties;
}

const WILL_OPTIONS = new Set(["topic", "payload", "qos", "retain", "properties"]);

/**
 * The message that the broker publishes for a client whose connection it loses (MQTT 5, section 3.1.2.5). Plain objects of
 * the same shape do as well.
 */
export class Will {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly properties: WillProperties | undefined;

  /** Throws a `TypeError` or `RangeError` that names what is wrong. */
  constructor(options: WillOptions) {
    validateMembers("will", options, WILL_OPTIONS);
    const { payload, qos = 0, retain = false, properties } = options;
    const topic = options.topic instanceof Topic ? options.topic.value : options.topic;
    validateTopic(topic);
    validateQoS("will.qos", qos);
    validateFlag("will.retain", retain);
    encodeProperties("will", properties); // throws what is wrong with them
    this.topic = topic;
    this.payload = toWillBytes(payload);
    this.qos = qos;
    this.retain = retain;
    this.properties = properties;
  }
}

/** Throws unless `qos` is 0, 1 or 2. */
export function validateQoS(name: string, qos: unknown): asserts qos is 0 | 1 | 2 {
  if (qos !== 0 && qos !== 1 && qos !== 2)
    throw new RangeError(`${name} must be 0, 1 or 2, not ${show(qos)}`);
}

/** Throws unless it is true or false. */
export function validateFlag(name: string, value: unknown): asserts value is boolean {
  if (typeof value !== "boolean") throw new TypeError(`${name} must be a boolean, not ${show(value)}`);
}
