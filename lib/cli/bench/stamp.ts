// The first bytes of a payload say when it was due, and which publisher has sent it.

import { performance } from "node:perf_hooks";

const MAGIC = 0x6d71_6e62; // "mqnb"
const TIME = 4;
const LANE = 12;

/** The size of a stamp in bytes. */
export const STAMP_SIZE = 16;

/** The contents of a stamp. */
export interface Stamp {
  /** The time at which the message was due, in milliseconds of `clock()`. */
  readonly due: number;
  /** The number of the publisher. */
  readonly lane: number;
}

/** Returns milliseconds since 1970, which other processes of the machine share. It never goes back. */
export const clock = (): number => performance.timeOrigin + performance.now();

/** Writes a stamp into a payload that has room for it. */
export function writeStamp(payload: Buffer, { due, lane }: Stamp): void {
  if (payload.length < STAMP_SIZE) return;
  payload.writeUInt32BE(MAGIC, 0);
  payload.writeDoubleBE(due, TIME);
  payload.writeUInt32BE(lane, LANE);
}

/** Reads the stamp of a payload; undefined if it has none. */
export function readStamp(payload: Buffer): Stamp | undefined {
  if (payload.length < STAMP_SIZE || payload.readUInt32BE(0) !== MAGIC) return undefined;
  return { due: payload.readDoubleBE(TIME), lane: payload.readUInt32BE(LANE) };
}
