/** The elements that MQTT packets are made of (MQTT 5, section 1.5). */

export const u8 = (value: number): Buffer => Buffer.from([value]);

export const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff]);

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function variableByteInteger(value: number): Buffer {
  const bytes: number[] = [];
  do {
    bytes.push(value > 127 ? (value & 127) | 128 : value);
    value >>= 7;
  } while (value > 0);
  return Buffer.from(bytes);
}

/** Binary data or a UTF-8 string, preceded by its length. */
export function prefixed(value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([u16(bytes.length), bytes]);
}

/** Reads the elements of a packet one after the other. Throws a RangeError when the packet ends too early. */
export class ByteReader {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#position === this.#bytes.length;
  }

  u8(): number {
    return this.take(1).readUInt8();
  }

  u16(): number {
    return this.take(2).readUInt16BE();
  }

  u32(): number {
    return this.take(4).readUInt32BE();
  }

  variableByteInteger(): number {
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.u8();
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
    throw new RangeError("a variable byte integer of more than four bytes");
  }

  prefixed(): Buffer {
    return this.take(this.u16());
  }

  string(): string {
    return this.prefixed().toString();
  }

  /** The raw properties of an MQTT 5 packet, without their length. */
  properties(): Buffer {
    return this.take(this.variableByteInteger());
  }

  rest(): Buffer {
    return this.take(this.#bytes.length - this.#position);
  }

  take(length: number): Buffer {
    const end = this.#position + length;
    if (end > this.#bytes.length) {
      throw new RangeError(`${length} bytes expected where ${this.#bytes.length - this.#position} are left`);
    }
    const taken = this.#bytes.subarray(this.#position, end);
    this.#position = end;
    return taken;
  }
}
