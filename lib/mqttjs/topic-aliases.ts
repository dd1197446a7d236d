import type { IPublishPacket } from "./packets.ts";

/** Whether aliases are those of the program, also replace its topics, or are assigned to topics, too. */
export type AliasMode = "given" | "used" | "assigned";

/** A packet to send. `first`: the packet for the present connection, if that is another one. */
export interface Applied {
  readonly packet: IPublishPacket;
  readonly first?: IPublishPacket;
}

/** The topic aliases that a program uses itself on one connection (MQTT 5, section 3.3.2.3.4). */
export class TopicAliases {
  readonly #topics = new Map<number, string>();
  readonly #aliases = new Map<string, number>();
  /** The aliases that the broker knows. */
  readonly #sent = new Set<number>();
  /** The broker's limit; 0 allows none. */
  #maximum = 0;

  /** A connection begins. Earlier aliases have no meaning on it. Until then topics can be found by them. */
  reset(maximum: number): void {
    this.#topics.clear();
    this.#aliases.clear();
    this.#sent.clear();
    this.#maximum = maximum;
  }

  /**
   * Returns the packet to send. A packet that may be sent on another connection has its topic and no alias.
   * `isConnected`: there is a connection, which has aliases.
   */
  apply(packet: IPublishPacket, isConnected: boolean, mode: AliasMode): Applied | Error {
    const alias = packet.properties?.topicAlias;
    if (alias === undefined || alias === 0)
      return {
        packet: mode !== "given" && isConnected && packet.qos === 0 ? this.#abbreviate(packet, mode) : packet,
      };
    if (alias > this.#maximum) return new Error("Sending Topic Alias out of range");
    if (packet.topic !== "") this.#register(packet.topic, alias);
    const topic = packet.topic === "" ? this.#topics.get(alias) : packet.topic;
    if (topic === undefined) return new Error("Unregistered Topic Alias");
    if (packet.qos === 2 || !isConnected) return { packet: withoutAlias(packet, topic) };
    const isKnown = packet.topic === "" && this.#sent.has(alias);
    this.#sent.add(alias);
    const aliased = isKnown ? packet : { ...packet, topic };
    return packet.qos === 0 ? { packet: aliased } : { packet: withoutAlias(packet, topic), first: aliased };
  }

  #register(topic: string, alias: number): void {
    const former = this.#topics.get(alias);
    if (former === topic) return;
    if (former !== undefined) this.#aliases.delete(former);
    this.#topics.set(alias, topic);
    this.#aliases.set(topic, alias);
    this.#sent.delete(alias);
  }

  #abbreviate(packet: IPublishPacket, mode: AliasMode): IPublishPacket {
    const { topic } = packet;
    const known = this.#aliases.get(topic);
    if (known !== undefined && this.#sent.has(known)) {
      this.#touch(topic, known);
      return withAlias(packet, "", known);
    }
    const alias = mode === "assigned" ? this.#nextAlias() : undefined;
    if (alias === undefined) return packet;
    this.#register(topic, alias);
    this.#sent.add(alias);
    return withAlias(packet, topic, alias);
  }

  /** Moves a topic behind all others, so that its alias is replaced last. */
  #touch(topic: string, alias: number): void {
    this.#aliases.delete(topic);
    this.#aliases.set(topic, alias);
  }

  /** Returns an unused alias, or the one that was used least recently; undefined if the broker allows none. */
  #nextAlias(): number | undefined {
    if (this.#topics.size < this.#maximum) {
      for (let alias = 1; alias <= this.#maximum; alias++) if (!this.#topics.has(alias)) return alias;
    }
    const [oldest] = this.#aliases.values();
    return oldest;
  }
}

function withAlias(packet: IPublishPacket, topic: string, topicAlias: number): IPublishPacket {
  return { ...packet, topic, properties: { ...packet.properties, topicAlias } };
}

function withoutAlias(packet: IPublishPacket, topic: string): IPublishPacket {
  const { topicAlias: _alias, ...properties } = packet.properties ?? {};
  return { ...packet, topic, properties };
}
