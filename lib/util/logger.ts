import { types } from "node:util";
import { format } from "./check.ts";

/**
 * A client's log, such as `console`, or a logger of pino or winston. Errors that its methods throw are ignored.
 *
 * - `debug` receives the packet trace: lines for most packets of all clients of the process. They do not name the
 *   client. Pings, AUTH, and acknowledgements that the client sends have none.
 * - `info` receives connections that were made, or closed by `disconnect`.
 * - `warn` receives lost and failed connections, full queues, many pending calls, timeouts that look like milliseconds,
 *   and tolerated violations of the protocol by the broker.
 * - `error` receives errors in the program's own message queue.
 *
 * No line contains passwords, keys, authentication data or payloads.
 */
export interface Logger {
  /** The packet trace. */
  debug(line: string): unknown;
  /** Connections that were made, or closed by `disconnect`. */
  info(line: string): unknown;
  /** Lost connections, failed attempts, full queues, many pending calls. */
  warn(line: string): unknown;
  /** Errors in the program's own message queue. */
  error(line: string): unknown;
  /** As in pino and winston. If it returns false for `debug` at connect, no packet trace is made. */
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

/** Writes to a logger, if there is one, and ignores its errors. */
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

  /** Whether the logger wants the packet trace. */
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
      // An error of the logger must not fail the client.
    }
  }
}

/** Escapes control characters, so that text of the broker cannot look like lines of its own. */
function escaped(line: string): string {
  return line.replace(/\p{Cc}/gu, (control) => JSON.stringify(control).slice(1, -1));
}
