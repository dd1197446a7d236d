import type { AckProperties } from "../protocol/property-types.ts";
import { composePacket, Writer } from "./bytes.ts";
import { encodeProperties } from "./properties.ts";

const PUBACK = 0x40;
const PUBREC = 0x50;
/** The first packet's memory, in bytes. Most clients send none of these packets. */
const INITIAL_SIZE = 4_096;
const NO_BYTES = Buffer.allocUnsafeSlow(0);
/** The largest memory that is kept for the next packets, in bytes. */
const KEPT_SIZE = 65_536;
/** The size of a packet without properties, at most. */
const BARE_SIZE = 5;

/** The contents of a PUBACK or PUBREC. */
interface Acknowledgement {
  readonly qos: 1 | 2;
  readonly mid: number;
  readonly reasonCode: number;
  readonly properties: AckProperties | undefined;
}

/** Acknowledgements that are sent together. */
export class AcknowledgementPackets {
  #bytes = NO_BYTES;
  #size = 0;

  /** Adds a PUBACK or PUBREC. `maximumPacketSize`: the broker's limit, in bytes. */
  add({ qos, mid, reasonCode, properties }: Acknowledgement, maximumPacketSize: () => number): void {
    const type = qos === 1 ? PUBACK : PUBREC;
    if (properties !== undefined) {
      const packet = encodeWithProperties(type, mid, reasonCode, properties);
      // Explanations are left out where they exceed the limit [MQTT-3.4.2-2].
      if (packet.length <= maximumPacketSize()) {
        this.#reserve(packet.length);
        this.#size += packet.copy(this.#bytes, this.#size);
        return;
      }
    }
    this.addBare(type, mid, reasonCode);
  }

  /** Adds a packet without properties. `type`: its first byte. */
  addBare(type: number, mid: number, reasonCode: number): void {
    this.#reserve(BARE_SIZE);
    this.#put(type);
    this.#put(reasonCode === 0 ? 2 : 3);
    this.#put(mid >> 8);
    this.#put(mid & 0xff);
    if (reasonCode !== 0) this.#put(reasonCode);
  }

  /** Returns all packets, and begins anew. The bytes are valid until the next `add`. */
  take(): Uint8Array {
    const packets = this.#bytes.subarray(0, this.#size);
    this.#size = 0;
    if (this.#bytes.length > KEPT_SIZE) this.#bytes = NO_BYTES;
    return packets;
  }

  get isEmpty(): boolean {
    return this.#size === 0;
  }

  #put(byte: number): void {
    this.#bytes[this.#size++] = byte;
  }

  #reserve(size: number): void {
    if (this.#size + size <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#size + size, this.#bytes.length * 2, INITIAL_SIZE));
    this.#bytes.copy(larger, 0, 0, this.#size);
    this.#bytes = larger;
  }
}

function encodeWithProperties(
  type: number,
  mid: number,
  reasonCode: number,
  properties: AckProperties,
): Buffer {
  const body = new Writer();
  body.u16(mid);
  body.u8(reasonCode);
  body.raw(encodeProperties("ack", properties));
  return composePacket(type, body);
}
