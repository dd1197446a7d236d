// The events and counters of a connection.

import type { Message } from "../incoming/message.ts";
import type { Completion } from "../native/event-batch.ts";
import type { MqttError } from "../protocol/errors.ts";
import type { ConnackProperties } from "../protocol/property-types.ts";
import type { ReasonCode } from "../protocol/reason-code.ts";

/** The contents of a CONNACK (MQTT 5, section 3.2). */
export interface ConnectionInfo {
  /** Whether the broker had a session of this client. */
  readonly sessionPresent: boolean;
  /** Always a success, because a refusal is a `MqttConnectError`. */
  readonly reasonCode: ReasonCode;
  /** MQTT 5: the properties of the CONNACK. */
  readonly properties: ConnackProperties | undefined;
}

/** Receives the events of a connection. */
export interface ConnectionListener {
  onConnected(info: ConnectionInfo): void;
  onConnectFailed(error: MqttError): void;
  onMessage(message: Message): void;
  onDeferredMessage(message: Message, connection: number, isRepeated: boolean): void;
  onCompleted(token: number, completion: Completion): void;
  /** Called once for each kind of tolerated violation of the protocol by the broker. */
  onDeviation(what: string): void;
  /** The connection has ended. `error` is undefined after our own disconnect. */
  onEnd(error: MqttError | undefined): void;
}

/** The traffic of a client on all its connections. */
export interface Traffic {
  /** Messages written to connections, repeated ones included. */
  readonly messagesSent: number;
  /** Bytes of MQTT packets read from the network. */
  readonly bytesReceived: number;
  /** Bytes of MQTT packets that the network has accepted. */
  readonly bytesSent: number;
}
