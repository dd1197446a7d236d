import { show } from "./check.ts";
import type { DisconnectProperties, PublishProperties } from "./property-types.ts";

/** What every call takes. */
export interface CallOptions {
  /** Seconds; default: the client's `timeout`. Waiting for one's turn counts. */
  timeout?: number;
  /** Gives the call up: it rejects with the signal's reason. What has been sent already cannot be taken back. */
  signal?: AbortSignal;
}

/** What `publish` takes. */
export interface PublishOptions extends CallOptions {
  /** Default: 0. */
  qos?: 0 | 1 | 2;
  /** Whether the broker keeps the message for later subscribers. Default: false. */
  retain?: boolean;
  /** MQTT 5. */
  properties?: PublishProperties;
}

/** What `disconnect` takes. */
export interface DisconnectOptions {
  /** MQTT 5: 0x04 has the broker publish the will. Default: 0x00, normal disconnection (MQTT 5, section 3.14.2.1). */
  reasonCode?: number;
  /** MQTT 5. */
  properties?: DisconnectProperties;
  /**
   * How long calls that are under way, and bytes that wait for a slow broker, may still take, in seconds. Default: the
   * client's `timeout`.
   */
  timeout?: number;
}

/** What calls without options share. */
export const NO_OPTIONS: Readonly<Record<string, never>> = Object.freeze({});

type Names = ReadonlySet<string>;

/** The names of what each kind of call takes. */
export const OPTIONS: Readonly<
  Record<"call" | "publish" | "subscribe" | "unsubscribe" | "disconnect", Names>
> = {
  call: new Set(["timeout", "signal"]),
  publish: new Set(["qos", "retain", "properties", "timeout", "signal"]),
  subscribe: new Set([
    ...["qos", "noLocal", "retainAsPublished", "retainHandling"],
    ...["properties", "timeout", "signal"],
  ]),
  unsubscribe: new Set(["properties", "timeout", "signal"]),
  disconnect: new Set(["reasonCode", "properties", "timeout"]),
};

/**
 * Throws a `TypeError` unless the options of a call are an object, without members of other names: one that is misspelt must
 * not pass unnoticed.
 */
export function validateOptions(options: unknown, names: Names): asserts options is object {
  if (typeof options !== "object" || options === null)
    throw new TypeError(`options must be an object, not ${show(options)}`);
  for (const name in options)
    if (!names.has(name) && (options as Record<string, unknown>)[name] !== undefined)
      throw new TypeError(`There is no option ${name}, only ${[...names].join(", ")}`);
}

/** Throws a `TypeError` unless it is undefined or an `AbortSignal`. */
export function validateSignal(signal: unknown): asserts signal is AbortSignal | undefined {
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw new TypeError(`signal must be an AbortSignal, not ${show(signal)}`);
}
