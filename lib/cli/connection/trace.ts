import type { Message, SubscribeOptions } from "mqtt-native";
import type { Output } from "../frame/output.ts";

/** The lowest reason code of a failure (MQTT 5, section 2.4). */
const FAILURE = 0x80;

/**
 * Writes a line for each packet, in the form of mosquitto's clients. Packets of calls count from 1, as their packet
 * identifiers do there: the client's own begin at random.
 */
export class Trace {
  readonly #output: Output;
  /** The client identifier, once it is known. */
  identifier = "";
  #calls = 0;

  constructor(output: Output) {
    this.#output = output;
  }

  connect(): void {
    this.#line("sending CONNECT");
  }

  connack(code: number): void {
    this.#line(`received CONNACK (${code})`);
  }

  /** Returns the number of the packet. */
  publish(topic: string, size: number, qos: number, retain: boolean): number {
    this.#calls++;
    const flags = `d0, q${qos}, r${Number(retain)}, m${this.#calls}`;
    this.#line(`sending PUBLISH (${flags}, '${topic}', ... (${size} bytes))`);
    return this.#calls;
  }

  /** Writes the answers to a publish. */
  published(number: number, qos: number, code: number): void {
    if (qos === 1) this.#line(`received PUBACK (Mid: ${number}, RC:${code})`);
    if (qos !== 2) return;
    this.#line(`received PUBREC (Mid: ${number})`);
    if (code >= FAILURE) return;
    this.#line(`sending PUBREL (m${number})`);
    this.#line(`received PUBCOMP (Mid: ${number}, RC:${code})`);
  }

  /** Returns the number of the packet. */
  subscribe(filters: readonly string[], options: SubscribeOptions): number {
    this.#calls++;
    const { noLocal, retainAsPublished, retainHandling = 0, qos = 0 } = options;
    const bits = (noLocal ? 4 : 0) | (retainAsPublished ? 8 : 0) | (retainHandling << 4);
    const text = `Options: 0x${bits.toString(16).padStart(2, "0")}`;
    for (const filter of filters) {
      this.#line(`sending SUBSCRIBE (Mid: ${this.#calls}, Topic: ${filter}, QoS: ${qos}, ${text})`);
    }
    return this.#calls;
  }

  subscribed(number: number, codes: readonly number[], isQuiet: boolean): void {
    this.#line("received SUBACK");
    if (!isQuiet) this.#output.write(`Subscribed (mid: ${number}): ${codes.join(", ")}\n`);
  }

  unsubscribe(filter: string): void {
    this.#calls++;
    this.#line(`sending UNSUBSCRIBE (Mid: ${this.#calls}, Topic: ${filter})`);
  }

  unsubscribed(): void {
    this.#line("received UNSUBACK");
  }

  received({ topic, payload, qos, retain, dup, mid }: Message): void {
    const flags = `d${Number(dup)}, q${qos}, r${Number(retain)}, m${mid}`;
    this.#line(`received PUBLISH (${flags}, '${topic}', ... (${payload.length} bytes))`);
    if (qos === 1) this.#line(`sending PUBACK (m${mid}, rc0)`);
    if (qos === 2) this.#line(`sending PUBREC (m${mid}, rc0)`);
  }

  disconnect(): void {
    this.#line("sending DISCONNECT");
  }

  #line(text: string): void {
    this.#output.write(`Client ${this.identifier || "(null)"} ${text}\n`);
  }
}
