import { Capabilities } from "../connection/capabilities.ts";
import type { NativeSession } from "../native/binding.ts";
import type { MqttClient } from "./client.ts";
import { callSafely, emitSafely } from "./emit.ts";
import type { Link } from "./link.ts";
import type { IMessageIdProvider } from "./message-ids.ts";
import { OutgoingPackets } from "./outgoing.ts";
import type { IConnackPacket, Packet } from "./packets.ts";
import type { DoneCallback } from "./shared.ts";
import { type IStore, Store } from "./store.ts";
import { RememberedSubscriptions } from "./subscriptions.ts";
import { TopicAliases } from "./topic-aliases.ts";

const NO_CAPABILITIES = new Capabilities(undefined);

/** The state that the parts of one client share. */
export class Core {
  readonly client: MqttClient;
  readonly outgoing: OutgoingPackets;
  readonly aliases: TopicAliases = new TopicAliases();
  readonly remembered: RememberedSubscriptions = new RememberedSubscriptions();
  link: Link | undefined;
  /** The properties of the CONNACK; undefined without a connection. */
  serverProperties: IConnackPacket["properties"];
  /** Whether the packets of a store are being sent again. New ones wait for that. */
  isReplaying = false;
  /** Whether `end(true)` has ended the connection. Answers that arrive nevertheless are ignored, as by MQTT.js. */
  isAborted = false;
  /** The callbacks that settle promises. They are called in any case; MQTT.js forgets others when a client ends. */
  readonly promised: WeakSet<object> = new WeakSet();
  /** Calls that wait for an identifier, or for the end of the replay. They return false to wait on. */
  readonly #deferred: (() => boolean)[] = [];
  #ownStore: IStore | undefined;

  constructor(client: MqttClient) {
    this.client = client;
    this.outgoing = new OutgoingPackets(this);
  }

  /** The session of an open connection. */
  get session(): NativeSession | undefined {
    return this.client.connected && !this.isAborted ? this.link?.handle.session : undefined;
  }

  get capabilities(): Capabilities {
    return this.link?.capabilities ?? NO_CAPABILITIES;
  }

  get isV5(): boolean {
    return this.client.options.protocolVersion === 5;
  }

  get ids(): IMessageIdProvider {
    return this.client.messageIdProvider;
  }

  /** Whether the program has a store of its own for outgoing packets. */
  get hasStore(): boolean {
    return this.client.outgoingStore !== this.#ownStore;
  }

  /** Makes the stores that the program has not given. They stay empty: the packets are kept elsewhere. */
  chooseStores(): void {
    const { options } = this.client;
    this.#ownStore = new Store();
    this.client.incomingStore = options.incomingStore || new Store();
    this.client.outgoingStore = options.outgoingStore || this.#ownStore;
  }

  /** Makes a call now, or when identifiers are free and nothing is replayed. */
  defer(call: () => boolean): void {
    if (this.isReplaying || this.#deferred.length > 0 || !call()) this.#deferred.push(call);
  }

  /** Makes the calls that waited. */
  runDeferred(): void {
    while (!this.isReplaying && this.#deferred[0]?.()) this.#deferred.shift();
  }

  /** A packet has been answered, or will not be. */
  onSettled(): void {
    this.runDeferred();
    const { client } = this;
    if (client.disconnecting && this.outgoing.size === 0) client.emit("outgoingEmpty");
  }

  /** Reports an error to a callback or, without one, to the listeners of `error`. */
  fail(callback: DoneCallback | null | undefined, error: Error): void {
    if (callback) callSafely(callback, error);
    else emitSafely(this.client, "error", error);
  }

  /** Whether the client is ending, which the callback is told. */
  refusesCalls(callback: DoneCallback | null | undefined): boolean {
    const { client } = this;
    if (!client.disconnecting) return false;
    const error = new Error("client disconnecting");
    if (callback) callback(error);
    else client.emit("error", error);
    return true;
  }

  /** Emits `packetsend`, if anybody listens. */
  tellSent(packet: Packet): void {
    if (this.client.listenerCount("packetsend") > 0) emitSafely(this.client, "packetsend", packet);
  }

  /** Emits `packetreceive`, if anybody listens. The packet is made only then. */
  tellReceived(packet: () => object): void {
    if (this.client.listenerCount("packetreceive") > 0) emitSafely(this.client, "packetreceive", packet());
  }
}
