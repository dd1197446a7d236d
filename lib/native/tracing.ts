import { Log, type Logger } from "../util/logger.ts";

/**
 * Brings the lines of Paho's trace to the loggers that want them: those of open clients. Paho does not say which client a
 * line is about, so each logger gets them all, and once, however many clients share it.
 */
export class Tracing {
  readonly #readers = new Map<Logger, { log: Log; clients: number }>();
  readonly #setTrace: (wanted: boolean) => void;

  /** `setTrace`: has the engine deliver lines, or not. */
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

  /** `dropped`: how many lines before this one were too many. */
  write(line: string, dropped: number): void {
    for (const { log } of this.#readers.values()) {
      if (dropped > 0) log.debug(`Paho: ${dropped} lines were left out: they came too fast`);
      log.debug(`Paho: ${line}`);
    }
  }
}
