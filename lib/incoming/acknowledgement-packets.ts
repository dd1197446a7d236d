import { encodeProperties } from "../packets/properties.ts";
import type { Receipt } from "./receipt.ts";

const PUBACK = 0x40;
const PUBREC = 0x50;
/** The first packet's memory, in bytes. Most clients send none of these packets. */
const INITIAL_SIZE = 4_096;
const NO_BYTES = Buffer.allocUnsafeSlow(0);
/** The largest memory that is kept for the next packets, in bytes. */
const KEPT_SIZE = 65_536;
/** The size of a packet without properties, at most. */
const BARE_SIZE = 5;

/** PUBACK and PUBREC packets that are sent together. */
export class AcknowledgementPackets {
  #bytes = NO_BYTES;
  #size = 0;

  /** Adds the packet of a receipt. `maximumPacketSize`: the broker's limit, in bytes. */
  add(receipt: Receipt, maximumPacketSize: () => number): void {
    const { qos, mid, reasonCode, properties } = receipt;
    const type = qos === 1 ? PUBACK : PUBREC;
    if (properties !== undefined) {
      const packet = encodeWithProperties(type, receipt);
      // Explanations are left out where they exceed the limit [MQTT-3.4.2-2].
      if (packet.length <= maximumPacketSize()) {
        this.#reserve(packet.length);
        this.#size += packet.copy(this.#bytes, this.#size);
        return;
      }
    }
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

function encodeWithProperties(type: number, { mid, reasonCode, properties }: Receipt): Buffer {
  const encoded = encodeProperties("ack", properties);
  const body = Buffer.concat([Buffer.of(mid >> 8, mid & 0xff, reasonCode), encoded]);
  return Buffer.concat([Buffer.of(type), encodeLength(body.length), body]);
}

/** Encodes the length of a packet after its fixed header (MQTT 5, section 2.1.4). */
function encodeLength(length: number): Buffer {
  const bytes: number[] = [];
  let rest = length;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest > 0 ? low | 0x80 : low);
  } while (rest > 0);
  return Buffer.from(bytes);
}
