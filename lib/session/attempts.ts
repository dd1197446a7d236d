import type { AttemptParts } from "../connection/connect-request.ts";
import type { Connection } from "../connection/connection.ts";
import type { Settings } from "../options/settings.ts";
import { MqttError } from "../protocol/errors.ts";
import { toUrl } from "../transport/connect-target.ts";
import type { Log } from "../util/logger.ts";
import { now } from "../util/timers.ts";
import { Addresses } from "./addresses.ts";
import { askForParts, fixedParts } from "./attempt-parts.ts";
import type { RefusedSubscription } from "./connection-events.ts";
import type { Cycle } from "./cycle.ts";
import { OPTION_FAILED, type Severity, severityOfAttempt } from "./failures.ts";
import { readServerReference } from "./server-reference.ts";

/** A failed attempt, or a failed round with its last error. */
export interface Failure {
  readonly error: MqttError;
  readonly severity: Severity;
}

/** Renewals of subscriptions, on a new connection. */
export type Renewals = Promise<readonly RefusedSubscription[]>;

/** A connection was made, and these subscriptions were not renewed. */
export interface Success {
  readonly refused: readonly RefusedSubscription[];
}

/** Receives the attempts, for observers. */
export interface AttemptListener {
  /** An attempt begins. */
  onAttempt(): void;
  /** The attempt has failed, before or after the broker has accepted its connection. */
  onAttemptFailed(error: unknown): void;
}

/** Makes attempts to connect, in rounds over the addresses of one client. */
export class Attempts {
  readonly addresses: Addresses;
  readonly #settings: Settings;
  readonly #connection: Connection;
  readonly #log: Log;
  readonly #listener: AttemptListener | undefined;
  /** The renewals on the connection of the attempt under way. */
  renewals: Renewals | undefined;
  /** The error with which the connection of the attempt under way was lost. */
  loss: MqttError | undefined;
  /** Whether the next connection begins a new session, whatever the options say. */
  needsNewSession = false;
  /** Whether unacknowledged publishes are repeated one at a time on the next connection. */
  repeatsOneByOne = false;
  /** The broker that has the session. */
  #sessionAt: string | undefined;

  constructor(settings: Settings, connection: Connection, log: Log, listener?: AttemptListener) {
    this.#settings = settings;
    this.#listener = listener;
    this.#connection = connection;
    this.#log = log;
    this.addresses = new Addresses(settings.addresses);
  }

  /** The address in use, as a URL without credentials. */
  get broker(): string {
    return toUrl(this.addresses.current.target);
  }

  /** Whether another broker than the one in use has the session, if any has. */
  get isElsewhere(): boolean {
    return this.#sessionAt !== undefined && this.#sessionAt !== this.broker;
  }

  /** The broker in use has accepted the connection: it has the session now. */
  onConnected(): void {
    this.#sessionAt = this.broker;
    this.needsNewSession = false;
  }

  /** Returns the context of an error of `connect`, for its message. */
  errorContext({ code, cause }: MqttError, cycle: Cycle): string {
    const { connectTimeout = Number.POSITIVE_INFINITY } = this.#settings;
    // A timeout with a cause is that of all attempts.
    const limit = cause === undefined ? Math.min(connectTimeout, cycle.limit) : cycle.limit;
    return `connect, ${this.#connection.broker}${code === "TIMEOUT" ? `, limit ${limit} s` : ""}`;
  }

  /** Makes one attempt at each address. */
  async round(cycle: Cycle, hasConnected: boolean): Promise<Success | Failure> {
    let failure: Failure | undefined;
    for (const place of this.addresses.round()) {
      if (failure !== undefined && cycle.remaining === 0) break;
      this.addresses.use(place);
      const result = await this.here(cycle, hasConnected);
      if (!("error" in result)) return result;
      failure = { error: result.error, severity: milder(failure?.severity, result.severity) };
    }
    return failure ?? { error: this.#connection.notConnected(), severity: "transient" };
  }

  /** Makes an attempt at the address in use, and follows its references to others. */
  async here(cycle: Cycle, hasConnected: boolean): Promise<Success | Failure> {
    for (;;) {
      const result = await this.#attempt(cycle, hasConnected);
      if (!("error" in result) || !this.follow(result.error)) return result;
    }
  }

  /** Takes the broker into use that an error refers to. Returns false if there is none, or if it is not followed. */
  follow(error: MqttError): boolean {
    if (!this.#settings.followServerReference) return false;
    const reference = readServerReference(error);
    if (reference === undefined || !this.addresses.follow(reference)) return false;
    this.#log.info(`The broker refers to another one: ${this.broker}`);
    return true;
  }

  async #attempt(cycle: Cycle, hasConnected: boolean): Promise<Success | Failure> {
    const { target } = this.addresses.current;
    const { connectTimeout = Number.POSITIVE_INFINITY, sharedSessions } = this.#settings;
    this.#connection.broker = target.name;
    this.renewals = undefined;
    this.loss = undefined;
    const limit = Math.min(connectTimeout, cycle.remaining);
    const began = now();
    cycle.throwIfCancelled();
    this.#listener?.onAttempt();
    try {
      const parts = fixedParts(this.#settings, this.addresses.current) ?? (await this.#ask(cycle, limit));
      const timeout = Math.max(0, limit - (now() - began) / 1000);
      const newSession = this.needsNewSession || (this.isElsewhere && !sharedSessions);
      const { repeatsOneByOne } = this;
      await this.#connection.connect({ parts, newSession, repeatsOneByOne, timeout });
      cycle.throwIfCancelled();
      const refused = await this.#renewed(cycle);
      // The last answer and the end of the connection may arrive together.
      if (this.loss !== undefined) throw this.loss;
      return { refused };
    } catch (error) {
      this.#listener?.onAttemptFailed(error);
      return this.#failed(cycle, error, hasConnected);
    }
  }

  /** Calls the functions of the program that are options. */
  #ask(cycle: Cycle, limit: number): Promise<AttemptParts> {
    const text = "The functions that are options did not return in time";
    return cycle.within(
      limit,
      askForParts(this.#settings, this.addresses.current),
      () => new MqttError(text, { code: "TIMEOUT" }),
    );
  }

  /** Waits until the subscriptions are renewed. A broker that does not answer loses the connection. */
  async #renewed(cycle: Cycle): Promise<readonly RefusedSubscription[]> {
    const { renewals } = this;
    if (renewals === undefined) return [];
    const { connectTimeout = Number.POSITIVE_INFINITY } = this.#settings;
    const text = "The broker did not answer the renewed subscriptions in time";
    try {
      return await cycle.within(connectTimeout, renewals, () => new MqttError(text, { code: "TIMEOUT" }));
    } catch (error) {
      if (error instanceof MqttError && error.code === "TIMEOUT") this.#connection.abort("TIMEOUT", text);
      if (this.#connection.state === "connected") await this.#connection.ended;
      throw error;
    }
  }

  async #failed(cycle: Cycle, error: unknown, hasConnected: boolean): Promise<Failure> {
    if (cycle.isCancelled) {
      // An attempt that succeeded nevertheless has been aborted.
      if (this.#connection.state === "connected") await this.#connection.ended;
      throw error instanceof MqttError && error.code === "ABORTED" ? error : cycle.reason;
    }
    if (!(error instanceof MqttError)) throw error;
    if (error.code === OPTION_FAILED)
      this.#log.warn(`Connecting to ${this.#connection.broker} failed: ${error.message}`);
    return { error, severity: severityOfAttempt(error, hasConnected) };
  }
}

const SEVERITIES: readonly Severity[] = ["transient", "lasting", "permanent"];

/** A round is as severe as its mildest failure. */
function milder(one: Severity = "permanent", other: Severity): Severity {
  return SEVERITIES.indexOf(one) < SEVERITIES.indexOf(other) ? one : other;
}
