import { types } from "node:util";
import { format } from "./check.ts";

/**
 * A client's log: `console`, pino and winston fit. Errors that its methods throw are ignored.
 *
 * - `debug` gets the packet trace: lines for most packets, of all clients of the process. They do not name the client.
 *   Pings, AUTH, and acknowledgements that the client sends have none.
 * - `info` gets connections that were made, or ended in order.
 * - `warn` gets lost and failed connections, full queues, many pending calls, timeouts that look like milliseconds, and
 *   faults of the broker that are tolerated.
 * - `error` gets errors in the program's own message queue.
 *
 * No line has passwords, keys, authentication data or payloads.
 */
export interface Logger {
  /** The packet trace. */
  debug(line: string): unknown;
  /** Connections made, and ended in order. */
  info(line: string): unknown;
  /** Connections lost, attempts that failed, full queues, many pending calls. */
  warn(line: string): unknown;
  /** Errors in the program's own message queue. */
  error(line: string): unknown;
  /** As pino and winston have it. If it returns false for `debug` at connect, no packet trace is made. */
  isLevelEnabled?(level: string): boolean;
}

const LEVELS = ["debug", "info", "warn", "error"] as const;

/** Throws a `TypeError` unless the value is a logger. */
export function validateLogger(value: unknown): asserts value is Logger {
  const methods = Object(value) as Record<string, unknown>;
  const missing = LEVELS.filter((level) => typeof methods[level] !== "function");
  if (missing.length > 0)
    throw new TypeError(
      `Option logger must have the methods ${LEVELS.join(", ")}, not ${format(value)} without ${missing.join(", ")}`,
    );
}

/** Writes to a logger, if there is one, and survives it. */
export class Log {
  readonly #logger: Logger | undefined;

  constructor(logger: Logger | undefined) {
    this.#logger = logger;
  }

  debug(line: string): void {
    this.#write("debug", line);
  }

  info(line: string): void {
    this.#write("info", line);
  }

  warn(line: string): void {
    this.#write("warn", line);
  }

  error(line: string): void {
    this.#write("error", line);
  }

  /** Whether lines of Paho's trace would be looked at. */
  get wantsTrace(): boolean {
    try {
      return this.#logger !== undefined && (this.#logger.isLevelEnabled?.("debug") ?? true);
    } catch {
      return false;
    }
  }

  #write(level: (typeof LEVELS)[number], line: string): void {
    try {
      const written = this.#logger?.[level](escaped(line));
      if (types.isPromise(written)) written.then(undefined, () => {});
    } catch {
      // A log that cannot be written is no reason to fail.
    }
  }
}

/** Lines may quote what a broker said: that must not look like lines of their own. */
function escaped(line: string): string {
  return line.replace(/\p{Cc}/gu, (control) => JSON.stringify(control).slice(1, -1));
}
