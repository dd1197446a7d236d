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
/** The lowest bit of the topic's number in the flags of a publish. */
const TOPIC_SHIFT = 3;

/** A publish with validated arguments. */
interface Publish {
  readonly session: NativeSession;
  /** The QoS in the low two bits, then retain. */
  readonly flags: number;
  readonly topic: string;
  readonly payload: string | Uint8Array | undefined;
  readonly properties: Uint8Array | undefined;
}

/** Checks the publishes of one client, and writes or queues them in the native session. */
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

  /** Publishes as `Client.publish` does. */
  publish(topic: string | Topic, payload: Payload, options: PublishOptions): Promise<PublishResult> {
    try {
      if (options !== NO_OPTIONS) validateOptions(options, OPTIONS.publish);
      // Most topics are strings, for which instanceof is slow.
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
      // Not earlier, because getters of options and payload may publish, and so change the last topic.
      const number = this.#topics.again(name);
      const isPlain = number !== undefined && encoded === undefined;
      const mayWrite = qos === 0 && this.#outgoing.isFree;
      // The most frequent case is first and makes no object.
      if (mayWrite && isPlain && session.publishNow(flags | (number << TOPIC_SHIFT), bytes))
        return this.#written();
      const publish = { session, flags, topic: name, payload: bytes, properties: encoded };
      if (mayWrite && !isPlain && this.#write(publish)) return this.#written();
      return this.#submit(publish, limits);
    } catch (error) {
      return this.#pace.reject(error instanceof MqttError ? this.#unsent(error, topic) : error);
    }
  }

  /** Returns the error of a publish that was refused before it was sent. Its arguments are valid. */
  #unsent(error: MqttError, topic: string | Topic): MqttError {
    return inContext(error, callContext(PUBLISH.name, `${topic}`, this.#settings.target.name), false);
  }

  /** Throws for an invalid topic. A known topic has been validated before. An empty one needs an alias. */
  #checkTopic(name: unknown, hasAlias: boolean): void {
    const isKnown =
      typeof name === "string" && (name !== "" || hasAlias) && this.#topics.find(name) !== undefined;
    if (!isKnown && (name !== "" || !hasAlias)) validateTopic(name);
  }

  /** Returns the result of a publish that has been written. */
  #written(): Promise<PublishResult> {
    this.#outgoing.flushSoon();
    return this.#pace.done();
  }

  /** Writes a publish of QoS 0. Returns false when it must be queued instead. */
  #write({ session, flags, topic, payload, properties }: Publish): boolean {
    const known = this.#known(topic);
    const number = known ?? this.#topics.add(topic);
    const newTopic = known === undefined ? topic : undefined;
    return session.publishNow(flags | (number << TOPIC_SHIFT), payload, newTopic, properties);
  }

  /** Returns the number of a validated topic, which mostly still is the last one. */
  #known(topic: string): number | undefined {
    return this.#topics.again(topic) ?? this.#topics.find(topic);
  }

  /** Queues a publish in the native session, now or when enough other calls have ended. */
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
