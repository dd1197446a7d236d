import type {
  DisconnectProperties,
  PublishProperties,
  SubscribeProperties,
  UnsubscribeProperties,
} from "../protocol/property-types.ts";
import { type Members, validateMembers } from "../util/check.ts";
import { callCounterparts } from "./other-clients.ts";

/** The options of every call; `disconnect` has only the timeout. */
export interface CallOptions {
  /** Seconds, including the time in queues; default: the client's `timeout`. */
  timeout?: number | undefined;
  /** Aborts the call, which rejects with the signal's reason. A packet that was already sent is not recalled. */
  signal?: AbortSignal | undefined;
}

/** The options of `publish`. */
export interface PublishOptions extends CallOptions {
  /** Default: 0. */
  qos?: 0 | 1 | 2 | undefined;
  /** Whether the broker keeps the message for later subscribers. Default: false. */
  retain?: boolean | undefined;
  /** MQTT 5. */
  properties?: PublishProperties | undefined;
  /**
   * Whether the call waits while a connection is made again, or rejects with `NOT_CONNECTED`. `"wait"` needs the option
   * `reconnect`. Default: the client's.
   */
  whileDisconnected?: "wait" | "reject" | undefined;
}

/** The subscription options (MQTT 5, section 3.8.3.1). */
export interface SubscribeOptions {
  /** The maximum quality of service of delivered messages. Default: 0. */
  qos?: 0 | 1 | 2 | undefined;
  /** MQTT 5: the broker does not deliver this client's own messages. Default: false. */
  noLocal?: boolean | undefined;
  /** MQTT 5: the broker keeps the retain flag as published. Default: false. */
  retainAsPublished?: boolean | undefined;
  /** MQTT 5: when to deliver retained messages: 0 always, 1 for a new subscription, 2 never. Default: 0. */
  retainHandling?: 0 | 1 | 2 | undefined;
}

/** The options of `subscribe`. */
export interface SubscribeCallOptions extends SubscribeOptions, CallOptions {
  /** MQTT 5. */
  properties?: SubscribeProperties | undefined;
}

/** The options of `unsubscribe`. */
export interface UnsubscribeCallOptions extends CallOptions {
  /** MQTT 5. */
  properties?: UnsubscribeProperties | undefined;
}

/** The options of `disconnect`. */
export interface DisconnectOptions {
  /** MQTT 5: 0x04 has the broker publish the will. Default: 0x00, normal disconnection (MQTT 5, section 3.14.2.1). */
  reasonCode?: number | undefined;
  /** MQTT 5. */
  properties?: DisconnectProperties | undefined;
  /**
   * Seconds that pending calls, and buffered bytes for a slow broker, may still take. Default: the client's `timeout`.
   */
  timeout?: number | undefined;
  /**
   * Whether it first waits, within its timeout, for the bodies of loops that acknowledge `"processed"` messages, and
   * for handlers of requests. No further messages are given out. Default: false.
   */
  drain?: boolean | undefined;
}

/** The options of calls without options. */
export const NO_OPTIONS: Readonly<Record<string, never>> = Object.freeze({});

/** The names of the options of each kind of call. */
export const OPTIONS: {
  readonly call: Members<CallOptions>;
  readonly publish: Members<PublishOptions>;
  readonly subscribe: Members<SubscribeCallOptions>;
  readonly unsubscribe: Members<UnsubscribeCallOptions>;
  readonly disconnect: Members<DisconnectOptions>;
  readonly connectionEvents: Readonly<Record<string, true>>;
} = {
  call: { timeout: true, signal: true },
  publish: {
    ...{ qos: true, retain: true, properties: true, timeout: true, signal: true },
    whileDisconnected: true,
  },
  subscribe: {
    ...{ qos: true, noLocal: true, retainAsPublished: true, retainHandling: true },
    ...{ properties: true, timeout: true, signal: true },
  },
  unsubscribe: { properties: true, timeout: true, signal: true },
  disconnect: { reasonCode: true, properties: true, timeout: true, drain: true },
  connectionEvents: { signal: true },
};

/** Throws a `TypeError` unless the options of a call are an object that has only members of these names. */
export function validateOptions(
  options: unknown,
  names: Readonly<Record<string, true>>,
): asserts options is object {
  validateMembers("options", options, names, callCounterparts);
}
