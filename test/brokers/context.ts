import mqtt, { type MqttClient } from "mqtt";
import { Client, type ClientOptions, ProtocolVersion } from "mqtt-native";
import { Relay } from "../support/relay.ts";
import type { RunningBroker } from "./brokers/running-broker.ts";
import type { PacketLog } from "./packets/packet-log.ts";
import type { Column } from "./terms.ts";

const VERSIONS = {
  "3.1": ProtocolVersion.V31,
  "3.1.1": ProtocolVersion.V311,
  "5": ProtocolVersion.V5,
} as const;
const LEVELS = { "3.1": 3, "3.1.1": 4, "5": 5 } as const;

/** Seconds that a persistent session is kept without a connection. */
const EXPIRY = 300;

/** A check's broker, clients and names. At its end everything that it has opened is closed. */
export class Context implements AsyncDisposable {
  readonly broker: RunningBroker;
  readonly column: Column;
  readonly is5: boolean;
  readonly #number: string;
  readonly #packets: PacketLog | undefined;
  readonly #closing: (() => Promise<unknown>)[] = [];

  /** `number` tells this run of a check from all others on the same broker. */
  constructor(broker: RunningBroker, column: Column, number: string, packets?: PacketLog) {
    this.broker = broker;
    this.column = column;
    this.is5 = column.protocol === "5";
    this.#number = number;
    this.#packets = packets;
  }

  /** The levels of QoS that the broker has. */
  get levels(): readonly (0 | 1 | 2)[] {
    return this.broker.kind.lacks["QoS 2"] ? [0, 1] : [0, 1, 2];
  }

  /** A topic, or a filter, of this check alone. */
  topic(...names: readonly string[]): string {
    return ["conformance", this.#number, ...names].join("/");
  }

  identifier(name: string): string {
    return `c${this.#number}${name}`;
  }

  /** Options of a client whose session ends with its connection. */
  clean(name: string): ClientOptions {
    return {
      identifier: this.identifier(name),
      ...(this.is5 ? { cleanStart: true } : { cleanSession: true }),
    };
  }

  /** Options of a client whose session outlives its connection, for so many seconds on MQTT 5. */
  persistent(name: string, sessionExpiryInterval = EXPIRY): ClientOptions {
    const resuming = this.is5
      ? { cleanStart: false, properties: { sessionExpiryInterval } }
      : { cleanSession: false };
    return { identifier: this.identifier(name), ...resuming };
  }

  /** A client that is not connected yet. */
  client(options: ClientOptions = {}, through?: Relay): Client {
    return this.#client({ ...this.broker.kind.credentials, ...options }, through);
  }

  connect(options: ClientOptions = {}, through?: Relay): Promise<Client> {
    return this.client(options, through).connect();
  }

  /** Connects with credentials that the broker does not accept. */
  connectWrongly(): Promise<Client> {
    return this.#client(this.broker.kind.refused).connect();
  }

  /** A client that shares no code with ours, over TCP. */
  async mqttJs(): Promise<MqttClient> {
    const { kind } = this.broker;
    const client = await mqtt.connectAsync(this.broker.url("tcp"), {
      ...kind.credentials,
      clientId: this.identifier("mqttjs"),
      protocolVersion: LEVELS[this.column.protocol],
      ...(this.column.protocol === "3.1" && { protocolId: "MQIsdp" }),
      reconnectPeriod: 0,
    });
    this.#closing.push(() => client.endAsync(true));
    return client;
  }

  /** A relay to the broker, so that a check can cut a connection. */
  async relay(): Promise<Relay> {
    const port = this.#packets?.port ?? this.broker.port(this.column.transport);
    const relay = await Relay.to({ host: this.broker.host, port });
    this.#closing.push(() => relay[Symbol.asyncDispose]());
    return relay;
  }

  url(through?: Relay): string {
    const { transport } = this.column;
    return this.broker.url(transport, through?.port ?? this.#packets?.port);
  }

  #client(options: ClientOptions, through?: Relay): Client {
    const all = { protocol: VERSIONS[this.column.protocol], timeout: 20, ...options };
    const client = new Client(this.url(through), all);
    this.#closing.push(() => client.disconnect({ timeout: 0 }));
    return client;
  }

  /** Clients first, relays after them: in the order in which they are closed nothing has to wait. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const close of this.#closing.toReversed()) await close().catch(() => {});
  }
}
