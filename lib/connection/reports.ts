// The reports of a connection.

import type { Message } from "../incoming/message.ts";
import type { Completion } from "../native/event-batch.ts";
import type { MqttError } from "../protocol/errors.ts";
import type { ConnackProperties } from "../protocol/property-types.ts";
import type { ReasonCode } from "../protocol/reason-code.ts";

/** What the broker's last CONNACK said (MQTT 5, section 3.2). */
export interface ConnectionInfo {
  /** Whether the broker had a session of this client. */
  readonly sessionPresent: boolean;
  /** Success: a refusal is a `MqttConnectError`. */
  readonly reasonCode: ReasonCode;
  /** MQTT 5: what came with it. */
  readonly properties: ConnackProperties | undefined;
}

/** Who a connection reports to. */
export interface ConnectionListener {
  onConnected(info: ConnectionInfo): void;
  onConnectFailed(error: MqttError): void;
  onMessage(message: Message): void;
  onCompleted(token: number, completion: Completion): void;
  /** The broker breaks the protocol in a way that is tolerated. Called once for each kind. */
  onDeviation(what: string): void;
  /** Undefined: by our own disconnect. */
  onEnd(error: MqttError | undefined): void;
}

/** What has gone over the network, on all connections. */
export interface Traffic {
  /** Messages handed to the network, repetitions included. */
  readonly messagesSent: number;
  /** Bytes of MQTT packets read from the network. */
  readonly bytesReceived: number;
  /** Bytes of MQTT packets that the network has taken. */
  readonly bytesSent: number;
}
