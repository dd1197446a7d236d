import { constants, fstatSync, openSync, writeSync } from "node:fs";
import { isatty } from "node:tty";

/** A standard stream for output. Each write is done when the call returns. */
export interface Output {
  /** Whether it is a terminal. */
  readonly isTerminal: boolean;
  /** Whether its reader has gone (EPIPE), or it has failed otherwise. Later writes do nothing. */
  readonly failed: boolean;
  /** Writes text as UTF-8, or bytes. It waits for a slow reader, so that messages are not queued in memory. */
  write(chunk: string | Uint8Array): void;
}

/** The time in milliseconds between two tries on a descriptor that a write would block. */
const RETRY_DELAY = 5;

/**
 * Opens the output of a descriptor. `process.stdout` cannot serve: what a slow pipe does not take it keeps in memory.
 *
 * @param onBlocking is called before a write that waits for the reader, and after it
 */
export function openOutput(descriptor: number, onBlocking: (isBlocking: boolean) => void): Output {
  const isTerminal = isatty(descriptor);
  let failed = false;
  let immediate: number | undefined;
  const write = (bytes: Uint8Array): void => {
    immediate ??= reopen(descriptor);
    const rest = bytes.subarray(tryWrite(immediate, bytes));
    if (rest.length === 0) return;
    onBlocking(true);
    try {
      writeAll(descriptor, rest);
    } finally {
      onBlocking(false);
    }
  };
  return {
    isTerminal,
    get failed() {
      return failed;
    },
    write(chunk) {
      if (failed) return;
      try {
        write(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
      } catch {
        failed = true;
      }
    },
  };
}

/** Opens a pipe or a terminal once more, without blocking. A file would have a second position. */
function reopen(descriptor: number): number {
  try {
    if (!fstatSync(descriptor).isFIFO() && !isatty(descriptor)) return descriptor;
    const flags = constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
    return openSync(`/proc/self/fd/${descriptor}`, flags);
  } catch {
    return descriptor; // its reader has gone, or the system has no /proc
  }
}

/** Returns the number of bytes that were written without waiting. */
function tryWrite(descriptor: number, bytes: Uint8Array): number {
  let written = 0;
  try {
    while (written < bytes.length) written += writeSync(descriptor, bytes, written);
  } catch (error) {
    if (!wouldBlock(error)) throw error;
  }
  return written;
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let rest = bytes; ; pause()) {
    rest = rest.subarray(tryWrite(descriptor, rest));
    if (rest.length === 0) return;
  }
}

const wouldBlock = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "EAGAIN";

const CLOCK = new Int32Array(new SharedArrayBuffer(4));

function pause(): void {
  Atomics.wait(CLOCK, 0, 0, RETRY_DELAY);
}
