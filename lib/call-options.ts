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
  /** How long calls that are under way may still take, in seconds. Default: the client's `timeout`. */
  timeout?: number;
}
