import type { Connection } from "../connection/connection.ts";
import type { QoSCounter } from "../diagnostics/counters.ts";
import type { Observer } from "../diagnostics/observer.ts";
import type { NativeSession } from "../native/binding.ts";
import { NO_OPTIONS, OPTIONS, type PublishOptions, validateOptions } from "../options/call-options.ts";
import { parseWhileDisconnected, type Settings } from "../options/settings.ts";
import type { CallLimits, TimeLimit } from "../options/time-limit.ts";
import { byteSize, ownBytes, type Payload, toBytes, validatePublishSize } from "../packets/payload.ts";
import { encodeProperties } from "../packets/properties.ts";
import { inContext, MqttError } from "../protocol/errors.ts";
import type { PublishProperties } from "../protocol/property-types.ts";
import { Topic, validateTopic } from "../protocol/topic.ts";
import { validateBoolean, validateQoS } from "../util/check.ts";
import { EventLoopYielder } from "../util/event-loop-yielder.ts";
import { now } from "../util/timers.ts";
import { callContext } from "./call-context.ts";
import type { Outgoing } from "./outgoing.ts";
import { OutgoingTopics } from "./outgoing-topics.ts";
import type { CallEnds, Operation } from "./pending-operations.ts";
import { publishProperties } from "./publish-properties.ts";
import { decodePublishResult, type PublishResult, QOS0_RESULT } from "./results.ts";

const PUBLISH = "publish to";
const QOS = 0b11;
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
  /** Whether calls outlive connections. */
  readonly #keepsCalls: boolean;
  readonly #waits: boolean;
  readonly #observer: Observer;
  readonly #published: QoSCounter;
  /** The operations of publishes, by QoS. */
  readonly #operations: Readonly<Record<0 | 1 | 2, Operation<PublishResult>>>;

  constructor(
    settings: Settings,
    timeLimit: TimeLimit,
    connection: Connection,
    outgoing: Outgoing,
    observer: Observer,
  ) {
    this.#observer = observer;
    this.#published = observer.counters.published;
    this.#operations = {
      0: makeOperation(0, observer),
      1: makeOperation(1, observer),
      2: makeOperation(2, observer),
    };
    this.#settings = settings;
    this.#keepsCalls = settings.reconnect !== undefined;
    this.#waits = settings.whileDisconnected === "wait";
    this.#timeLimit = timeLimit;
    this.#connection = connection;
    this.#outgoing = outgoing;
  }

  /** Publishes as `Client.publish` does. `onToken` receives the token of a publish that is queued. */
  publish(
    topic: string | Topic,
    payload: Payload,
    options: PublishOptions,
    onToken?: (token: number) => void,
  ): Promise<PublishResult> {
    if (this.#observer.wantsPublishes) return this.#publishObserved(topic, payload, options, onToken);
    return this.#publish(topic, payload, options, onToken);
  }

  // A method of its own, because V8 allocates the context of a closure even on paths that do not make the closure.
  #publishObserved(
    topic: string | Topic,
    payload: Payload,
    options: PublishOptions,
    onToken: ((token: number) => void) | undefined,
  ): Promise<PublishResult> {
    return this.#observer.publish(topic, payload, options, (final) =>
      this.#publish(topic, payload, final, onToken),
    );
  }

  #publish(
    topic: string | Topic,
    payload: Payload,
    options: PublishOptions,
    onToken: ((token: number) => void) | undefined,
  ): Promise<PublishResult> {
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
      // An alias has a meaning on one connection only.
      const session = this.#connection.sessionFor(this.#mayWait(options) && alias === undefined);
      const { capabilities } = this.#connection;
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
      return this.#submit(publish, limits, properties, onToken);
    } catch (error) {
      return this.#pace.reject(error instanceof MqttError ? this.#unsent(error, topic) : error);
    }
  }

  /** Returns the error of a publish that was refused before it was sent. Its arguments are valid. */
  #unsent(error: MqttError, topic: string | Topic): MqttError {
    return inContext(error, callContext(PUBLISH, `${topic}`, this.#connection.broker), false);
  }

  /** Whether a publish waits for a connection that is being made. */
  #mayWait({ whileDisconnected }: PublishOptions): boolean {
    if (whileDisconnected === undefined) return this.#waits;
    return parseWhileDisconnected(whileDisconnected, this.#keepsCalls) === "wait";
  }

  /** Throws for an invalid topic. A known topic has been validated before. An empty one needs an alias. */
  #checkTopic(name: unknown, hasAlias: boolean): void {
    const isKnown =
      typeof name === "string" && (name !== "" || hasAlias) && this.#topics.find(name) !== undefined;
    if (!isKnown && (name !== "" || !hasAlias)) validateTopic(name);
  }

  /** Returns the result of a publish that has been written. */
  #written(): Promise<PublishResult> {
    this.#published.qos0++;
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
  #submit(
    publish: Publish,
    limits: CallLimits,
    given: PublishProperties | undefined,
    onToken: ((token: number) => void) | undefined,
  ): Promise<PublishResult> {
    const { session, flags, topic } = publish;
    const { isFree } = this.#outgoing;
    const payload = isFree ? publish.payload : ownBytes(publish.payload);
    const aging = isFree ? undefined : this.#aging(publish.properties, given);
    const send = (token: number) => {
      const known = this.#known(topic);
      const number = known ?? this.#topics.add(topic);
      const newTopic = known === undefined ? topic : undefined;
      const properties = aging === undefined ? publish.properties : aging();
      if (session.publish(token, flags | (number << TOPIC_SHIFT), newTopic, payload, properties)) return true;
      this.#topics.clear();
      return false;
    };
    const size = isFree ? 0 : measurePublish(publish);
    const operation = this.#operations[(flags & QOS) as 0 | 1 | 2];
    return this.#outgoing.start(operation, topic, limits, send, this.#callEnds(given), size, onToken);
  }

  /** The ends of a publish besides its limits. */
  #callEnds(properties: PublishProperties | undefined): CallEnds | undefined {
    if (!this.#keepsCalls || properties === undefined) return undefined;
    const { messageExpiryInterval = Number.POSITIVE_INFINITY, topicAlias } = properties;
    return { expiry: messageExpiryInterval, withConnection: topicAlias !== undefined };
  }

  /** Returns a function that encodes the properties of a publish with the rest of their `messageExpiryInterval`. */
  #aging(
    encoded: Uint8Array | undefined,
    given: PublishProperties | undefined,
  ): () => Uint8Array | undefined {
    const { messageExpiryInterval } = given ?? {};
    if (!this.#keepsCalls || messageExpiryInterval === undefined) return () => encoded;
    const copy = { ...given };
    const began = now();
    return () => {
      const waited = Math.floor((now() - began) / 1000);
      const rest = Math.max(1, messageExpiryInterval - waited);
      return waited === 0 ? encoded : encodeProperties("publish", { ...copy, messageExpiryInterval: rest });
    };
  }
}

/** Makes the operation of a publish, which counts its success. */
function makeOperation(qos: 0 | 1 | 2, { counters }: Observer): Operation<PublishResult> {
  return {
    name: PUBLISH,
    read: (completion) => {
      const result = decodePublishResult(completion);
      counters.published.count(qos);
      return result;
    },
    ...(qos === 0 ? {} : { times: counters.acknowledgements }),
  };
}

/** The bytes of a publish: topic, payload and properties. */
function measurePublish({ topic, payload, properties }: Publish): number {
  return Buffer.byteLength(topic) + byteSize(payload) + (properties?.byteLength ?? 0);
}
