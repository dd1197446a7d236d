import type {
  DisconnectProperties,
  PublishProperties,
  SubscribeProperties,
  UnsubscribeProperties,
} from "../protocol/property-types.ts";
import { type Members, validateMembers } from "../util/check.ts";
import { callCounterparts } from "./other-clients.ts";

/** What every call takes; `disconnect` only the timeout. */
export interface CallOptions {
  /** Seconds; default: the client's `timeout`. Waiting for one's turn counts. */
  timeout?: number | undefined;
  /** Gives the call up: it rejects with the signal's reason. What has been sent already cannot be taken back. */
  signal?: AbortSignal | undefined;
}

/** What `publish` takes. */
export interface PublishOptions extends CallOptions {
  /** Default: 0. */
  qos?: 0 | 1 | 2 | undefined;
  /** Whether the broker keeps the message for later subscribers. Default: false. */
  retain?: boolean | undefined;
  /** MQTT 5. */
  properties?: PublishProperties | undefined;
}

/** How a broker is to treat one subscription (MQTT 5, section 3.8.3.1). */
export interface SubscribeOptions {
  /** The highest quality of service to deliver with. Default: 0. */
  qos?: 0 | 1 | 2 | undefined;
  /** MQTT 5: do not send back what this client publishes. Default: false. */
  noLocal?: boolean | undefined;
  /** MQTT 5: keep the retain flag as published. Default: false. */
  retainAsPublished?: boolean | undefined;
  /** MQTT 5: retained messages are sent 0: on subscribing, 1: only if it is a new subscription, 2: not. Default: 0. */
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

/** What `disconnect` takes. */
export interface DisconnectOptions {
  /** MQTT 5: 0x04 has the broker publish the will. Default: 0x00, normal disconnection (MQTT 5, section 3.14.2.1). */
  reasonCode?: number | undefined;
  /** MQTT 5. */
  properties?: DisconnectProperties | undefined;
  /**
   * How long calls that are under way, and bytes that wait for a slow broker, may still take, in seconds. Default: the
   * client's `timeout`.
   */
  timeout?: number | undefined;
}

/** What calls without options share. */
export const NO_OPTIONS: Readonly<Record<string, never>> = Object.freeze({});

/** The names of what each kind of call takes. */
export const OPTIONS: {
  readonly call: Members<CallOptions>;
  readonly publish: Members<PublishOptions>;
  readonly subscribe: Members<SubscribeCallOptions>;
  readonly unsubscribe: Members<UnsubscribeCallOptions>;
  readonly disconnect: Members<DisconnectOptions>;
} = {
  call: { timeout: true, signal: true },
  publish: { qos: true, retain: true, properties: true, timeout: true, signal: true },
  subscribe: {
    ...{ qos: true, noLocal: true, retainAsPublished: true, retainHandling: true },
    ...{ properties: true, timeout: true, signal: true },
  },
  unsubscribe: { properties: true, timeout: true, signal: true },
  disconnect: { reasonCode: true, properties: true, timeout: true },
};

/** Throws a `TypeError` unless the options of a call are an object, without members of other names. */
export function validateOptions(
  options: unknown,
  names: Readonly<Record<string, true>>,
): asserts options is object {
  validateMembers("options", options, names, callCounterparts);
}
