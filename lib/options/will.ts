import { type Payload, toWillBytes } from "../packets/payload.ts";
import { keptProperties } from "../packets/properties.ts";
import type { WillProperties } from "../protocol/property-types.ts";
import { Topic, validateTopic } from "../protocol/topic.ts";
import { brand } from "../util/brand.ts";
import { type Members, validateBoolean, validateMembers, validateQoS } from "../util/check.ts";
import { willCounterparts } from "./other-clients.ts";

/** What a `Will` is made with. */
export interface WillOptions {
  /** Where the message is published. */
  topic: string | Topic;
  /** At most 65 535 bytes; default: empty. */
  payload?: Payload | undefined;
  /** Default: 0. */
  qos?: 0 | 1 | 2 | undefined;
  /** Default: false. */
  retain?: boolean | undefined;
  /** MQTT 5 only. */
  properties?: WillProperties | undefined;
}

const MEMBERS: Members<WillOptions> = {
  topic: true,
  payload: true,
  qos: true,
  retain: true,
  properties: true,
};

/**
 * The message that the broker publishes for a client whose connection it loses (MQTT 5, section 3.1.2.5). Plain objects of
 * the same shape do as well. It has copies of what it is made of, and does not change any more.
 */
export class Will {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly properties: Readonly<WillProperties> | undefined;

  /** Throws a `TypeError` or `RangeError` that names what is wrong. */
  constructor(options: WillOptions) {
    validateMembers("will", options, MEMBERS, willCounterparts);
    const { payload, qos = 0, retain = false, properties } = options;
    const topic = options.topic instanceof Topic ? options.topic.value : options.topic;
    validateTopic(topic, "will.topic");
    validateQoS("will.qos", qos);
    validateBoolean("will.retain", retain);
    this.topic = topic;
    this.payload = toWillBytes(payload);
    this.qos = qos;
    this.retain = retain;
    this.properties = keptProperties("will", properties);
    Object.freeze(this);
  }
}

brand(Will, "Will");
