import type { MqttError } from "../protocol/errors.ts";
import { describeType, format, type Members, validateInteger, validateMembers } from "../util/check.ts";
import { validateDuration } from "../util/duration.ts";
import type { ClientOptions } from "./client-options.ts";

/** The options of reconnecting. A round is one attempt at each address of the client. */
export interface ReconnectOptions {
  /**
   * Seconds, 0 or more. The delay before round n (0 is the first after a loss) is random, up to `minDelay` · 2ⁿ.
   * Default: 0.25, or `maxDelay` if that is less.
   */
  minDelay?: number | undefined;
  /** The upper limit of the delay, in seconds, 0 or more. Default: 30. */
  maxDelay?: number | undefined;
  /** A connection that has lasted so many seconds resets the delay to its beginning. Default: 30. */
  resetAfter?: number | undefined;
  /** The client gives up after so many failed rounds in a row, 1 or more. Default: `Infinity`. */
  maxAttempts?: number | undefined;
  /**
   * Decides at each loss and after each failed round: false gives up, a number is the delay in seconds, true is the
   * default delay. `attempt` is the number of the next round, from 1. The decision also applies to permanent errors.
   * When the function throws, the client gives up, with the thrown value as `cause`.
   */
  retry?: ((error: MqttError, attempt: number) => boolean | number) | undefined;
}

/** The options of reconnecting, checked and complete. */
export interface ReconnectSettings {
  minDelay: number;
  maxDelay: number;
  resetAfter: number;
  maxAttempts: number;
  retry: ((error: MqttError, attempt: number) => unknown) | undefined;
}

const MEMBERS: Members<ReconnectOptions> = {
  minDelay: true,
  maxDelay: true,
  resetAfter: true,
  maxAttempts: true,
  retry: true,
};

/** Checks the option `reconnect`; undefined when it is off. */
export function parseReconnect(reconnect: ClientOptions["reconnect"]): ReconnectSettings | undefined {
  if (reconnect === undefined || reconnect === false) return undefined;
  const options: ReconnectOptions = reconnect === true ? {} : reconnect;
  if (typeof options !== "object" || options === null)
    throw new TypeError(`Option reconnect must be a boolean or an object, not ${describeType(reconnect)}`);
  validateMembers("reconnect", options, MEMBERS);
  const { maxDelay = 30, minDelay = Math.min(0.25, maxDelay), resetAfter = 30 } = options;
  const { maxAttempts = Number.POSITIVE_INFINITY, retry } = options;
  validateDelay("maxDelay", maxDelay);
  validateDelay("minDelay", minDelay);
  validateDuration("Option reconnect.resetAfter", resetAfter);
  if (maxDelay < minDelay)
    throw new RangeError(
      `Option reconnect.maxDelay must not be less than minDelay, as ${maxDelay} is less than ${minDelay}`,
    );
  if (maxAttempts !== Number.POSITIVE_INFINITY)
    validateInteger("Option reconnect.maxAttempts", maxAttempts, 1, Number.MAX_SAFE_INTEGER);
  if (retry !== undefined && typeof retry !== "function")
    throw new TypeError(`Option reconnect.retry must be a function, not ${format(retry)}`);
  return { minDelay, maxDelay, resetAfter, maxAttempts, retry };
}

/** A delay must end: Infinity is none. */
function validateDelay(name: string, seconds: unknown): void {
  validateDuration(`Option reconnect.${name}`, seconds);
  if (seconds === Number.POSITIVE_INFINITY)
    throw new RangeError(`Option reconnect.${name} must be a finite number of seconds, not Infinity`);
}
