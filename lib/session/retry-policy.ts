import type { ReconnectSettings } from "../options/reconnect.ts";
import { type MqttError, withCause } from "../protocol/errors.ts";
import { format } from "../util/check.ts";
import { Backoff } from "./backoff.ts";
import type { Severity } from "./failures.ts";

/** The next step after a failure: a round after so many seconds, or the end, with its error. */
export type Decision = { readonly delay: number } | { readonly end: MqttError };

/** Decides after each failure whether there is another round, and when. */
export class RetryPolicy {
  readonly #settings: ReconnectSettings;
  readonly #backoff: Backoff;
  #failedRounds = 0;
  #attempt = 1;

  constructor(settings: ReconnectSettings, random?: () => number) {
    this.#settings = settings;
    this.#backoff = new Backoff(settings, random);
  }

  /** The number of the round under way or to come: 1 is the first after a loss, or of `connect`. */
  get attempt(): number {
    return this.#attempt;
  }

  /** The program connects. The first round begins at once. */
  begin(): void {
    this.#backoff.reset();
    this.#backoff.skip();
    this.#failedRounds = 0;
    this.#attempt = 1;
  }

  /** A connection was made. */
  onConnected(): void {
    this.#failedRounds = 0;
  }

  /** A connection was lost after so many seconds. */
  afterLoss(error: MqttError, severity: Severity, lasted: number): Decision {
    if (lasted >= this.#settings.resetAfter) this.#backoff.reset();
    this.#attempt = 1;
    return this.#decide(error, severity, true);
  }

  /** The broker refers to another one, which is tried at once. */
  afterReference(): Decision {
    this.#attempt = 1;
    return { delay: 0 };
  }

  /** A round has failed. `severity` is that of the whole round. */
  afterRound(error: MqttError, severity: Severity, hasConnected: boolean): Decision {
    this.#attempt++;
    if (++this.#failedRounds >= this.#settings.maxAttempts) return { end: error };
    return this.#decide(error, severity, hasConnected);
  }

  #decide(error: MqttError, severity: Severity, hasConnected: boolean): Decision {
    const { retry } = this.#settings;
    if (retry !== undefined) return this.#ask(retry, error, severity, hasConnected);
    return severity === "permanent" ? { end: error } : { delay: this.#defaultDelay(severity, hasConnected) };
  }

  #ask(
    retry: NonNullable<ReconnectSettings["retry"]>,
    error: MqttError,
    severity: Severity,
    hasConnected: boolean,
  ): Decision {
    try {
      const answer = retry(error, this.#attempt);
      if (answer === false) return { end: error };
      const delay = this.#defaultDelay(severity, hasConnected);
      return { delay: answer === true ? delay : checkedDelay(answer) };
    } catch (cause) {
      return { end: withCause(error, cause) };
    }
  }

  /** A client that has not been connected yet has a caller who waits: it never waits for long. */
  #defaultDelay(severity: Severity, hasConnected: boolean): number {
    return severity !== "transient" && hasConnected ? this.#backoff.slow() : this.#backoff.next();
  }
}

function checkedDelay(answer: unknown): number {
  if (typeof answer !== "number")
    throw new TypeError(`reconnect.retry must return a boolean or a number, not ${format(answer)}`);
  if (!(answer >= 0 && answer < Number.POSITIVE_INFINITY))
    throw new RangeError(`reconnect.retry must return seconds from 0, not ${format(answer)}`);
  return answer;
}
