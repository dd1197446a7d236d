// The results of calls, in the terms of the protocol.

import type { AckProperties, ConnackProperties } from "./property-types.ts";
import type { ReasonCode } from "./reason-code.ts";

/** The contents of a CONNACK (MQTT 5, section 3.2). */
export interface ConnectionInfo {
  /** Whether the broker had a session of this client. */
  readonly sessionPresent: boolean;
  /** Always a success, because a refusal is a `MqttConnectError`. */
  readonly reasonCode: ReasonCode;
  /** MQTT 5: the properties of the CONNACK. */
  readonly properties: ConnackProperties | undefined;
}

/** The result of a publish. */
export interface PublishResult {
  /** The packet identifier; 0 at QoS 0. */
  readonly mid: number;
  /** The reason code of the acknowledgement; at QoS 0 and on 3.x always success. */
  readonly reasonCode: ReasonCode;
  /** MQTT 5: the properties of the acknowledgement. */
  readonly properties: AckProperties | undefined;
}

/** The reason codes for the filters of one call, in their order, and on MQTT 5 the properties of the answer. */
export type ReasonCodes = ReasonCode[] & { properties: AckProperties | undefined };
