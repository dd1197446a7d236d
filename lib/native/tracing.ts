import { Log, type Logger } from "../util/logger.ts";

/**
 * Writes the lines of the packet trace to the loggers of open clients. The lines do not name the client, so each logger
 * receives all lines. A logger that several clients share receives each line once.
 */
export class Tracing {
  readonly #readers = new Map<Logger, { log: Log; clients: number }>();
  readonly #setTrace: (wanted: boolean) => void;

  /** `setTrace`: sets whether the addon delivers lines. */
  constructor(setTrace: (wanted: boolean) => void) {
    this.#setTrace = setTrace;
  }

  add(logger: Logger): void {
    const reader = this.#readers.get(logger) ?? { log: new Log(logger), clients: 0 };
    reader.clients++;
    this.#readers.set(logger, reader);
    this.#setTrace(true);
  }

  remove(logger: Logger): void {
    const reader = this.#readers.get(logger);
    if (reader === undefined || --reader.clients > 0) return;
    this.#readers.delete(logger);
    if (this.#readers.size === 0) this.#setTrace(false);
  }

  /** Writes a line. `dropped`: the number of lines that were dropped before it. */
  write(line: string, dropped: number): void {
    for (const { log } of this.#readers.values()) {
      if (dropped > 0) log.debug(`trace: ${dropped} lines were left out: they came too fast`);
      log.debug(`trace: ${line}`);
    }
  }
}
