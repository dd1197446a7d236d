import { isUtf8 } from "node:buffer";
import { MqttError } from "../protocol/errors.ts";

/** The highest variable byte integer, which bounds the packet after its fixed header (MQTT 5, section 1.5.5). */
export const MAX_VARINT = 268_435_455;

/** The maximum size of a packet with its fixed header, in bytes. */
export const LARGEST_PACKET: number = 5 + MAX_VARINT;

/** Makes the error for a malformed packet of the broker (MQTT 5, section 4.13.1). */
export function malformed(what: string): MqttError {
  return new MqttError(`Malformed packet: ${what}`, { code: "PROTOCOL_ERROR" });
}

/** Writes the data representations of MQTT 5, section 1.5. Values must be in range. */
export class Writer {
  #bytes: Buffer = Buffer.allocUnsafe(128);
  #length = 0;

  u8(value: number): void {
    const start = this.#extend(1);
    this.#bytes.writeUInt8(value, start);
  }

  u16(value: number): void {
    const start = this.#extend(2);
    this.#bytes.writeUInt16BE(value, start);
  }

  u32(value: number): void {
    const start = this.#extend(4);
    this.#bytes.writeUInt32BE(value, start);
  }

  /** @throws {RangeError} above 268 435 455. */
  varint(value: number): void {
    if (value > MAX_VARINT) throw new RangeError(`A packet has at most ${MAX_VARINT} bytes, not ${value}`);
    let rest = value;
    for (; rest > 0x7f; rest >>>= 7) this.u8((rest & 0x7f) | 0x80);
    this.u8(rest);
  }

  utf8(value: string): void {
    const length = Buffer.byteLength(value);
    this.u16(length);
    const start = this.#extend(length);
    this.#bytes.write(value, start);
  }

  binary(value: Uint8Array | string): void {
    const bytes = typeof value === "string" ? Buffer.from(value) : value;
    this.u16(bytes.byteLength);
    this.raw(bytes);
  }

  raw(value: Uint8Array): void {
    const start = this.#extend(value.byteLength);
    this.#bytes.set(value, start);
  }

  /** Returns the written bytes. The writer must not be used afterwards. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Makes room for so many bytes and returns their offset. It may replace the buffer, so it must be called first. */
  #extend(count: number): number {
    const start = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(this.#length * 2);
      larger.set(this.#bytes.subarray(0, start));
      this.#bytes = larger;
    }
    return start;
  }
}

/** Reads the data representations of MQTT 5, section 1.5. Every method throws for malformed bytes. */
export class Reader {
  readonly #bytes: Buffer;
  readonly #end: number;
  /** The offset of the next value. */
  offset: number;

  constructor(bytes: Buffer, offset: number, end: number) {
    this.#bytes = bytes;
    this.#end = end;
    this.offset = offset;
  }

  /** The number of bytes that have not been read. */
  get remaining(): number {
    return this.#end - this.offset;
  }

  u8(): number {
    return this.#bytes.readUInt8(this.#skip(1));
  }

  u16(): number {
    return this.#bytes.readUInt16BE(this.#skip(2));
  }

  u32(): number {
    return this.#bytes.readUInt32BE(this.#skip(4));
  }

  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.u8();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw malformed("a variable byte integer has more than four bytes");
  }

  utf8(): string {
    const start = this.#skip(this.u16());
    const text = this.#bytes.toString("utf8", start, this.offset);
    // Decoding replaces invalid bytes with U+FFFD, so only a string with U+FFFD can be invalid.
    const isValid = !text.includes("\ufffd") || isUtf8(this.#bytes.subarray(start, this.offset));
    if (!isValid || text.includes("\0")) throw malformed("a string is not UTF-8 or contains U+0000");
    return text;
  }

  /** Returns a copy, which does not retain the memory of everything received with it. */
  binary(): Buffer {
    return Buffer.from(this.raw(this.u16()));
  }

  /** Returns a view. */
  raw(count: number): Buffer {
    const start = this.#skip(count);
    return this.#bytes.subarray(start, this.offset);
  }

  /** Returns a reader of the next `count` bytes, and skips them. */
  section(count: number): Reader {
    const start = this.#skip(count);
    return new Reader(this.#bytes, start, this.offset);
  }

  #skip(count: number): number {
    if (count > this.remaining) throw malformed("it ends too early");
    const start = this.offset;
    this.offset += count;
    return start;
  }
}

/** Composes a whole packet of the fixed header (MQTT 5, section 2.1) and the body. */
export function composePacket(firstByte: number, body: Writer): Buffer {
  const bytes = body.finish();
  const packet = new Writer();
  packet.u8(firstByte);
  packet.varint(bytes.length);
  packet.raw(bytes);
  return packet.finish();
}

/**
 * Returns a reader of a whole packet, positioned after its fixed header.
 *
 * @throws {MqttError} `PROTOCOL_ERROR`, when the packet's size differs from its fixed header.
 */
export function openPacket(bytes: Buffer): Reader {
  const reader = new Reader(bytes, 1, bytes.length);
  const length = reader.varint();
  if (length !== reader.remaining) throw malformed(`it has ${reader.remaining} bytes instead of ${length}`);
  return reader;
}
