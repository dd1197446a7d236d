import { readFileSync } from "node:fs";

const REPLACEMENT = "\ufffd";

/** Returns the bytes of an argument. Node.js has replaced those that are not UTF-8, but the system still has them. */
export function toBytes(word: string): Uint8Array {
  if (!word.includes(REPLACEMENT)) return Buffer.from(word);
  try {
    const words = readFileSync("/proc/self/cmdline", "latin1").split("\0");
    const bytes = words.map((each) => Buffer.from(each, "latin1"));
    return bytes.find((each) => each.toString() === word) ?? Buffer.from(word);
  } catch {
    return Buffer.from(word);
  }
}

/** Returns whether an argument is UTF-8. */
export const isUtf8 = (word: string): boolean =>
  !word.includes(REPLACEMENT) || Buffer.compare(toBytes(word), Buffer.from(word)) === 0;
