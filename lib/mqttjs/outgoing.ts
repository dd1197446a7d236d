import type { Capabilities } from "../connection/capabilities.ts";
import type { NativeSession } from "../native/binding.ts";
import { OutgoingTopics } from "../outgoing/outgoing-topics.ts";
import { toBytes } from "../packets/payload.ts";
import { encodeProperties } from "../packets/properties.ts";
import { encodeSubscribeOptions } from "../packets/subscribe.ts";
import type {
  PublishProperties,
  SubscribeProperties,
  UnsubscribeProperties,
} from "../protocol/property-types.ts";
import { validateTopic, validateWildcard } from "../protocol/topic.ts";
import { queueMicrotask } from "../util/timers.ts";
import type { IMessageIdProvider } from "./message-ids.ts";
import type { IPublishPacket, ISubscribePacket, IUnsubscribePacket } from "./packets.ts";
import { toSent } from "./properties.ts";
import type { PacketCallback } from "./types.ts";

export type Request = IPublishPacket | ISubscribePacket | IUnsubscribePacket;

/** A packet that awaits an answer, or at QoS 0 its turn. */
export interface Pending {
  readonly packet: Request;
  /** Whether the end of a connection ends it. */
  readonly volatile: boolean;
  cb: PacketCallback;
  /** Its number in the native session; undefined until that has it. */
  token: number | undefined;
  /** The packet for the present connection, where that has an alias, which has no meaning on another one. */
  first?: IPublishPacket | undefined;
}

export interface OutgoingHost {
  /** The session of an open connection. */
  readonly session: NativeSession | undefined;
  readonly capabilities: Capabilities;
  readonly isV5: boolean;
  readonly ids: IMessageIdProvider;
}

const RETAIN = 0b100;
const TOPIC_SHIFT = 3;
const DUPLICATE = 1 << 30;

/** The packets of one client that await an answer, in the order of their calls. */
export class OutgoingPackets {
  readonly #host: OutgoingHost;
  readonly #byId = new Map<number, Pending>();
  readonly #byToken = new Map<number, Pending>();
  readonly #topics = new OutgoingTopics();
  #lastToken = 0;
  #isFlushing = false;

  constructor(host: OutgoingHost) {
    this.#host = host;
  }

  /** The number of packets that await an answer. */
  get size(): number {
    return this.#byId.size;
  }

  get(messageId: number): Pending | undefined {
    return this.#byId.get(messageId);
  }

  all(): Pending[] {
    return [...this.#byId.values()];
  }

  add(packet: Request, cb: PacketCallback): Pending {
    const pending: Pending = { packet, volatile: packet.cmd !== "publish", cb, token: undefined };
    this.#byId.set(packet.messageId ?? 0, pending);
    return pending;
  }

  /** Writes a publish of QoS 0. Calls back when the connection has accepted it, mostly at once. */
  write(packet: IPublishPacket, cb: (error?: Error) => void): void {
    const { session } = this.#host;
    if (session === undefined) return;
    const payload = toBytes(packet.payload);
    const properties = this.#encode(packet);
    const flags = packet.retain ? RETAIN : 0;
    this.flushSoon();
    const known = this.#findTopic(packet);
    const number = known ?? this.#topics.add(packet.topic);
    const topic = known === undefined ? packet.topic : undefined;
    if (session.publishNow(flags | (number << TOPIC_SHIFT), payload, topic, properties)) {
      cb();
      return;
    }
    const token = this.#nextToken();
    this.#byToken.set(token, { packet, volatile: false, cb: cb as PacketCallback, token });
    // The first call has not stored the topic.
    session.publish(token, flags | (number << TOPIC_SHIFT), topic, payload, properties);
  }

  /**
   * Gives a packet to the native session.
   * @throws {Error} if it cannot be sent
   */
  send(pending: Pending): void {
    const { session } = this.#host;
    if (session === undefined) return;
    const packet = pending.first ?? pending.packet;
    if (packet.cmd === "publish") this.#publish(session, pending, packet);
    else if (packet.cmd === "subscribe") this.#subscribe(session, pending, packet);
    else this.#unsubscribe(session, pending, packet);
    this.flushSoon();
  }

  /** Ends the wait of a packet. Returns undefined if it had ended before. */
  take(token: number): Pending | undefined {
    const pending = this.#byToken.get(token);
    if (pending === undefined) return undefined;
    this.#byToken.delete(token);
    return pending;
  }

  /** Forgets a packet that has been answered, or that will not be. */
  forget({ packet, token }: Pending): void {
    const { messageId = 0 } = packet;
    if (token !== undefined) this.#byToken.delete(token);
    if (!this.#byId.delete(messageId)) return;
    this.#host.ids.deallocate(messageId);
  }

  /** Has the native session forget a packet. It is not sent again. */
  cancel(pending: Pending, session: NativeSession | undefined): void {
    if (pending.token !== undefined) session?.cancel(pending.token);
    this.forget(pending);
  }

  /** Has the native session forget the messages with an alias. They are sent again with their topics. */
  takeBackAliased(session: NativeSession | undefined): void {
    for (const pending of this.#byId.values()) {
      const { first, token } = pending;
      pending.first = undefined;
      if (first === undefined || token === undefined) continue;
      session?.refuse(token);
      this.#byToken.delete(token);
      pending.token = undefined;
    }
  }

  /** Marks the identifiers of waiting packets as in use. */
  registerIds(): void {
    const { ids } = this.#host;
    ids.clear();
    for (const messageId of this.#byId.keys()) ids.register(messageId);
  }

  /** Schedules a flush in a microtask, for all packets of one turn. */
  flushSoon(): void {
    if (!this.#isFlushing) this.#scheduleFlush();
  }

  #scheduleFlush(): void {
    this.#isFlushing = true;
    queueMicrotask(() => {
      this.#isFlushing = false;
      this.#host.session?.flush();
    });
  }

  #nextToken(): number {
    do this.#lastToken = (this.#lastToken + 1) >>> 0;
    while (this.#byToken.has(this.#lastToken));
    return this.#lastToken;
  }

  #assignToken(pending: Pending): number {
    const token = this.#nextToken();
    pending.token = token;
    this.#byToken.set(token, pending);
    return token;
  }

  /** Returns the number of a topic that the native session knows. Throws for an invalid one. */
  #findTopic({ topic, properties }: IPublishPacket): number | undefined {
    const known = this.#topics.again(topic) ?? this.#topics.find(topic);
    if (known === undefined && (topic !== "" || properties?.topicAlias === undefined)) validateTopic(topic);
    return known;
  }

  #publish(session: NativeSession, pending: Pending, packet: IPublishPacket): void {
    const payload = toBytes(packet.payload);
    const properties = this.#encode(packet);
    const known = this.#findTopic(packet);
    const number = known ?? this.#topics.add(packet.topic);
    const topic = known === undefined ? packet.topic : undefined;
    const flags =
      packet.qos | (packet.retain ? RETAIN : 0) | (packet.dup ? DUPLICATE : 0) | (number << TOPIC_SHIFT);
    session.publish(this.#assignToken(pending), flags, topic, payload, properties);
  }

  #encode({ qos, retain, topic, payload, properties }: IPublishPacket): Buffer | undefined {
    const { capabilities, isV5 } = this.#host;
    if (!isV5) return undefined;
    const sent = toSent<PublishProperties>(properties);
    const encoded = sent && encodeProperties("publish", sent);
    capabilities.checkPublish(qos, retain, topic, toBytes(payload), encoded);
    return encoded;
  }

  #subscribe(session: NativeSession, pending: Pending, packet: ISubscribePacket): void {
    const filters = packet.subscriptions.map(({ topic }) => topic);
    for (const filter of filters) validateWildcard(filter);
    const options = packet.subscriptions.map(({ qos, nl = false, rap = false, rh = 0 }) =>
      encodeSubscribeOptions({
        qos,
        noLocal: Boolean(nl),
        retainAsPublished: Boolean(rap),
        retainHandling: rh as 0 | 1 | 2,
      }),
    );
    const sent = this.#host.isV5 ? toSent<SubscribeProperties>(packet.properties) : undefined;
    const properties = sent && encodeProperties("subscribe", sent);
    session.subscribe(this.#assignToken(pending), filters, Uint8Array.from(options), properties);
  }

  #unsubscribe(session: NativeSession, pending: Pending, packet: IUnsubscribePacket): void {
    for (const filter of packet.unsubscriptions) validateWildcard(filter);
    const sent = this.#host.isV5 ? toSent<UnsubscribeProperties>(packet.properties) : undefined;
    const properties = sent && encodeProperties("unsubscribe", sent);
    session.unsubscribe(this.#assignToken(pending), packet.unsubscriptions, properties);
  }
}
