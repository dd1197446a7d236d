import { u8, u16 } from "../bytes.ts";

/** RFC 6455, section 5.2. */
export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface FrameOptions {
  /** Binary by default. */
  opcode?: number;
  /** Whether the frame is the last of its message; true by default. */
  fin?: boolean;
  /** The three reserved bits as a number; 0 by default. */
  reserved?: number;
  /** The masking key of four bytes, for frames of a client. */
  mask?: Buffer;
  /** The length field in bits; the shortest that fits by default. */
  lengthBits?: 7 | 16 | 64;
  /** A length that differs from the payload's. */
  length?: bigint;
}

/** Makes a frame of a server, or any other frame that a test needs. */
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

/** Makes a close frame with this code and reason; without a code it has neither. */
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
  /** The masking key; a client must have one. */
  mask: Buffer | undefined;
  payload: Buffer;
  /** The length field in bits. */
  lengthBits: 7 | 16 | 64;
}

/** Splits a byte stream into frames. */
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

/** The end of the first frame, as far as its header is present, and a function that reads the frame. */
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
