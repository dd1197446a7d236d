import { u8, u16 } from "../bytes.ts";

/** RFC 6455, section 5.2. */
export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface FrameOptions {
  /** Binary unless given. */
  opcode?: number;
  /** Whether it is the last of its message; true unless given. */
  fin?: boolean;
  /** The three reserved bits, as a number; 0 unless given. */
  reserved?: number;
  /** Four bytes: masked, as a client's frames are. */
  mask?: Buffer;
  /** How the length is written: in 7, 16 or 64 bits; as short as possible unless given. */
  lengthBits?: 7 | 16 | 64;
  /** A length that is not the payload's. */
  length?: bigint;
}

/** A frame as a server sends it, or however else a test wants it. */
export function frame(payload: string | Uint8Array, options: FrameOptions = {}): Buffer {
  const { opcode = opcodes.binary, fin = true, reserved = 0, mask } = options;
  const bytes = Buffer.from(payload);
  const length = options.length ?? BigInt(bytes.length);
  const lengthBits = options.lengthBits ?? (length < 126n ? 7 : length < 65_536n ? 16 : 64);
  const masked = mask ? 0x80 : 0;
  return Buffer.concat([
    u8((fin ? 0x80 : 0) | (reserved << 4) | opcode),
    lengthBits === 7
      ? u8(masked | Number(length))
      : Buffer.concat([u8(masked | (lengthBits === 16 ? 126 : 127)), longLength(length, lengthBits)]),
    mask ? Buffer.concat([mask, applyMask(bytes, mask)]) : bytes,
  ]);
}

/** Ends the connection with this code and reason; without a code, with neither. */
export function closeFrame(code?: number, reason = ""): Buffer {
  const payload = code === undefined ? "" : Buffer.concat([u16(code), Buffer.from(reason)]);
  return frame(payload, { opcode: opcodes.close });
}

function longLength(length: bigint, bits: 16 | 64): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(length);
  return bytes.subarray(8 - bits / 8);
}

function applyMask(bytes: Buffer, mask: Buffer): Buffer {
  const result = Buffer.from(bytes);
  for (let index = 0; index < result.length; index++) result[index]! ^= mask[index % 4]!;
  return result;
}

/** A frame of a client. */
export interface Frame {
  opcode: number;
  fin: boolean;
  reserved: number;
  /** A client's are, or it breaks the rules. */
  mask: Buffer | undefined;
  payload: Buffer;
  /** How the length was written. */
  lengthBits: 7 | 16 | 64;
}

/** Cuts a byte stream into frames. */
export class FrameSplitter {
  #pieces: Buffer[] = [];
  #length = 0;
  #needed = 2;

  *add(piece: Buffer): Generator<Frame> {
    this.#pieces.push(piece);
    this.#length += piece.length;
    while (this.#length >= this.#needed) {
      const bytes = this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces);
      const { end, read } = look(bytes);
      const complete = bytes.length >= end;
      const rest = complete ? bytes.subarray(end) : bytes;
      this.#pieces = [rest];
      this.#length = rest.length;
      this.#needed = complete ? 2 : end;
      if (!complete) return;
      yield read();
    }
  }
}

/** Where the frame at the front ends, as far as its header is there, and how to read it then. */
function look(bytes: Buffer): { end: number; read: () => Frame } {
  const first = bytes[0]!;
  const second = bytes[1]!;
  const lengthBits = (second & 127) === 126 ? 16 : (second & 127) === 127 ? 64 : 7;
  const lengthEnd = 2 + (lengthBits === 7 ? 0 : lengthBits / 8);
  if (bytes.length < lengthEnd) return { end: lengthEnd, read: unreachable };
  const length = lengthBits === 7 ? second & 127 : Number(`0x${bytes.toString("hex", 2, lengthEnd)}`);
  const start = lengthEnd + (second >= 128 ? 4 : 0);
  const end = start + length;
  const read = (): Frame => {
    const mask = second >= 128 ? bytes.subarray(lengthEnd, start) : undefined;
    const raw = bytes.subarray(start, end);
    const payload = mask ? applyMask(raw, mask) : raw;
    return {
      opcode: first & 15,
      fin: first >= 128,
      reserved: (first >> 4) & 7,
      mask,
      payload,
      lengthBits,
    };
  };
  return { end, read };
}

function unreachable(): never {
  throw new Error("the header is incomplete");
}
