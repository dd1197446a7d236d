import { type Payload, toWillBytes } from "../packets/payload.ts";
import { keptProperties } from "../packets/properties.ts";
import type { WillProperties } from "../protocol/property-types.ts";
import { Topic, validateTopic } from "../protocol/topic.ts";
import { brand } from "../util/brand.ts";
import { type Members, validateBoolean, validateMembers, validateQoS } from "../util/check.ts";
import { willCounterparts } from "./other-clients.ts";

/** The members of a `Will`. */
export interface WillOptions {
  /** The topic of the message. */
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
 * The message that the broker publishes when the client's connection is lost (MQTT 5, section 3.1.2.5). It is immutable
 * and copies its arguments. Plain objects of the same shape are accepted too.
 */
export class Will {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly properties: Readonly<WillProperties> | undefined;

  /** Throws a `TypeError` or `RangeError` that names the invalid member. */
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
