import type { Connection } from "../connection/connection.ts";
import type { NativeSession } from "../native/binding.ts";
import { NO_OPTIONS, OPTIONS, type PublishOptions, validateOptions } from "../options/call-options.ts";
import type { Settings } from "../options/settings.ts";
import type { CallLimits, TimeLimit } from "../options/time-limit.ts";
import { ownBytes, type Payload, toBytes, validatePublishSize } from "../packets/payload.ts";
import { inContext, MqttError } from "../protocol/errors.ts";
import { Topic, validateTopic } from "../protocol/topic.ts";
import { validateBoolean, validateQoS } from "../util/check.ts";
import { EventLoopYielder } from "../util/event-loop-yielder.ts";
import { callContext } from "./call-context.ts";
import type { Outgoing } from "./outgoing.ts";
import { OutgoingTopics } from "./outgoing-topics.ts";
import type { Operation } from "./pending-operations.ts";
import { publishProperties } from "./publish-properties.ts";
import { decodePublishResult, type PublishResult, QOS0_RESULT } from "./results.ts";

const PUBLISH: Operation<PublishResult> = { name: "publish to", read: decodePublishResult };
const RETAIN = 0b100;
/** Where the topic's number begins in the flags of a publish. */
const TOPIC_SHIFT = 3;

/** A publish whose arguments are right. */
interface Publish {
  readonly session: NativeSession;
  /** QoS, and whether to retain. */
  readonly flags: number;
  readonly topic: string;
  readonly payload: string | Uint8Array | undefined;
  readonly properties: Uint8Array | undefined;
}

/** The publishes of one client: checks them, and hands them to the engine, at once where it can take them. */
export class Publisher {
  readonly #settings: Settings;
  readonly #timeLimit: TimeLimit;
  readonly #connection: Connection;
  readonly #outgoing: Outgoing;
  readonly #pace = new EventLoopYielder(QOS0_RESULT);
  readonly #topics = new OutgoingTopics();

  constructor(settings: Settings, timeLimit: TimeLimit, connection: Connection, outgoing: Outgoing) {
    this.#settings = settings;
    this.#timeLimit = timeLimit;
    this.#connection = connection;
    this.#outgoing = outgoing;
  }

  /** As `Client.publish`. */
  publish(topic: string | Topic, payload: Payload, options: PublishOptions): Promise<PublishResult> {
    try {
      if (options !== NO_OPTIONS) validateOptions(options, OPTIONS.publish);
      // Most are strings, and to ask of which class a string is takes long.
      const name = typeof topic !== "string" && topic instanceof Topic ? topic.value : topic;
      const { properties, qos = 0, retain = false } = options;
      const alias = properties?.topicAlias;
      validateQoS("qos", qos);
      validateBoolean("retain", retain);
      const bytes = toBytes(payload);
      const encoded = publishProperties(properties, qos, this.#settings);
      const limits = this.#timeLimit.of(options);
      this.#checkTopic(name, alias !== undefined);
      validatePublishSize(name, bytes, encoded);
      const { session, capabilities } = this.#connection;
      capabilities.checkPublish(qos, retain, name, bytes, encoded);
      if (alias !== undefined) capabilities.checkAlias(alias);
      this.#outgoing.checkRoom();
      const flags = qos | (retain ? RETAIN : 0);
      // Not sooner: getters of the options and of the payload may publish, too, and give the number to another topic.
      const number = this.#topics.again(name);
      const isPlain = number !== undefined && encoded === undefined;
      const mayWrite = qos === 0 && this.#outgoing.isFree;
      // The usual case comes first: it needs no object.
      if (mayWrite && isPlain && session.publishNow(flags | (number << TOPIC_SHIFT), bytes))
        return this.#written();
      const publish = { session, flags, topic: name, payload: bytes, properties: encoded };
      if (mayWrite && !isPlain && this.#write(publish)) return this.#written();
      return this.#submit(publish, limits);
    } catch (error) {
      return this.#pace.reject(error instanceof MqttError ? this.#unsent(error, topic) : error);
    }
  }

  /** The error of a publish that was refused before it was sent. Its arguments are right. */
  #unsent(error: MqttError, topic: string | Topic): MqttError {
    return inContext(error, callContext(PUBLISH.name, `${topic}`, this.#settings.target.name), false);
  }

  /** Throws when a topic is wrong. One that the engine has is known to be right; an empty one needs an alias in its place. */
  #checkTopic(name: unknown, hasAlias: boolean): void {
    const isKnown =
      typeof name === "string" && (name !== "" || hasAlias) && this.#topics.find(name) !== undefined;
    if (!isKnown && (name !== "" || !hasAlias)) validateTopic(name);
  }

  /** The result of a publish that the engine has written. */
  #written(): Promise<PublishResult> {
    this.#outgoing.flushSoon();
    return this.#pace.done();
  }

  /** Has a publish of QoS 0 written; false when it must be submitted instead. */
  #write({ session, flags, topic, payload, properties }: Publish): boolean {
    const known = this.#known(topic);
    const number = known ?? this.#topics.add(topic);
    const newTopic = known === undefined ? topic : undefined;
    return session.publishNow(flags | (number << TOPIC_SHIFT), payload, newTopic, properties);
  }

  /** The number of a topic that has been checked. Mostly it is still the last one, but others may have been published since. */
  #known(topic: string): number | undefined {
    return this.#topics.again(topic) ?? this.#topics.find(topic);
  }

  /** Leaves a publish to the engine, now or when it has its turn. */
  #submit(publish: Publish, limits: CallLimits): Promise<PublishResult> {
    const { session, flags, topic, properties } = publish;
    const payload = this.#outgoing.isFree ? publish.payload : ownBytes(publish.payload);
    return this.#outgoing.start(PUBLISH, topic, limits, (token) => {
      const known = this.#known(topic);
      const number = known ?? this.#topics.add(topic);
      const newTopic = known === undefined ? topic : undefined;
      session.publish(token, flags | (number << TOPIC_SHIFT), newTopic, payload, properties);
    });
  }
}
