import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import {
  type ClientPacket,
  type ClientPacketType,
  type PacketOf,
  parseClientPacket,
} from "./client-packets.ts";
import { Mailbox } from "./mailbox.ts";
import { PacketSplitter } from "./packet-splitter.ts";
import { BrokerPackets } from "./packets.ts";
import { type Answer, type Answers, politeAnswers } from "./scripted-answers.ts";

export interface Patience {
  /** The maximum wait in milliseconds, 5000 by default. */
  within?: number;
}

/** A client's connection, seen from the broker. */
export class ScriptedSession {
  /** All packets so far, whether or not a test has asked for them. */
  readonly received: ClientPacket[] = [];
  /**
   * Settles when the connection ends: with the error of the socket, or with undefined after an orderly end. Never
   * rejects.
   */
  readonly closed: Promise<Error | undefined>;
  readonly socket: Socket;
  /** The stream that carries MQTT: the socket, or the layers above it. */
  readonly stream: Duplex;
  /** The client's violation of the protocol, for which the connection was closed. */
  protocolError: Error | undefined;

  readonly #splitter = new PacketSplitter();
  readonly #unclaimed = new Mailbox<ClientPacket>();
  #answers: Answers = {};
  #version = 4;

  constructor(stream: Duplex, socket: Socket) {
    this.socket = socket;
    this.stream = stream;
    socket.setNoDelay(true);
    stream.on("data", (bytes) => this.#take(bytes));
    this.closed = new Promise((resolve) => {
      let failure: Error | undefined;
      stream.on("error", (error) => {
        failure = error;
      });
      stream.on("close", () => {
        this.#unclaimed.close();
        resolve(failure);
      });
    });
  }

  /** The protocol level in the client's CONNECT: 3, 4 or 5. */
  get version(): number {
    return this.#version;
  }

  /** Makes packets in the client's version of the protocol. */
  get packets(): BrokerPackets {
    return new BrokerPackets(this.#version);
  }

  /** The number of bytes of an incomplete packet. */
  get pendingBytes(): number {
    return this.#splitter.pending;
  }

  /** Takes the next packet, which must be of this type. */
  async receive<Type extends ClientPacketType>(type: Type, patience?: Patience): Promise<PacketOf<Type>> {
    const packet = await this.#next(type, patience);
    if (!hasType(type, packet))
      throw new Error(`${type} expected, ${packet.type} received (${this.#story()})`);
    return packet;
  }

  /** Takes the next packet of this type that fulfils `where`, and drops the packets before it. */
  async waitFor<Type extends ClientPacketType>(
    type: Type,
    { where = () => true, within }: Patience & { where?: (packet: PacketOf<Type>) => boolean } = {},
  ): Promise<PacketOf<Type>> {
    const deadline = performance.now() + (within ?? defaultPatience);
    for (;;) {
      const packet = await this.#next(type, { within: deadline - performance.now() });
      if (hasType(type, packet) && where(packet)) return packet;
    }
  }

  /**
   * Answers like a polite broker from now on; `overrides` replace some answers. It answers packets that no test has
   * taken, too. Answered packets can still be received or waited for.
   */
  serve(overrides: Answers = {}): this {
    this.#answers = { ...politeAnswers, ...overrides };
    for (const packet of this.#unclaimed.waiting) this.#answer(packet);
    return this;
  }

  /** Resolves when the bytes have been written or can no longer be. */
  async send(...packets: readonly Uint8Array[]): Promise<void> {
    await new Promise((resolve) => this.stream.write(Buffer.concat(packets), resolve));
  }

  /** Sends in pieces of these sizes, in turn. Each piece leaves before the next is written. */
  async sendInPieces(bytes: Uint8Array, sizes: readonly number[] = [1]): Promise<void> {
    for (let start = 0, piece = 0; start < bytes.length; piece++) {
      const end = start + sizes[piece % sizes.length]!;
      await this.send(bytes.subarray(start, end));
      await nextTurn();
      start = end;
    }
  }

  /** Closes in order, after the bytes that were sent. */
  end(): void {
    this.stream.end();
  }

  /** Closes at once. */
  destroy(): void {
    this.stream.destroy();
  }

  /** Ends the connection with a TCP reset. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  /** Stops reading, so that the client's output backs up. Up to 64 KiB may have been read already. */
  pause(): void {
    this.stream.pause();
  }

  resume(): void {
    this.stream.resume();
  }

  async #next(wanted: string, { within = defaultPatience }: Patience = {}): Promise<ClientPacket> {
    const packet = await this.#unclaimed.take(within);
    if (packet === "closed") throw new Error(`the connection ended before ${wanted} came (${this.#story()})`);
    if (packet === "timed out") throw new Error(`${wanted} did not come in time (${this.#story()})`);
    return packet;
  }

  #take(bytes: Buffer): void {
    for (const packet of this.#parse(bytes)) {
      this.received.push(packet);
      this.#unclaimed.push(packet);
      this.#answer(packet);
    }
  }

  *#parse(bytes: Buffer): Generator<ClientPacket> {
    let raw = bytes;
    try {
      for (raw of this.#splitter.add(bytes)) {
        const packet = parseClientPacket(raw, this.#version);
        if (packet.type === "CONNECT") this.#version = packet.protocolVersion;
        yield packet;
      }
    } catch (cause) {
      this.protocolError = new Error(`malformed packet: ${raw.toString("hex", 0, 64)}`, { cause });
      this.destroy();
    }
  }

  #answer(packet: ClientPacket): void {
    const answer = this.#answers[packet.type] as Answer<ClientPacketType> | undefined;
    answer?.(packet, this);
  }

  #story(): string {
    const types = this.received.map(({ type }) => type).join(", ");
    const fault = this.protocolError ? `; ${this.protocolError.message}: ${this.protocolError.cause}` : "";
    return `received so far: ${types || "nothing"}${fault}`;
  }
}

const defaultPatience = 5_000;

function hasType<Type extends ClientPacketType>(type: Type, packet: ClientPacket): packet is PacketOf<Type> {
  return packet.type === type;
}
