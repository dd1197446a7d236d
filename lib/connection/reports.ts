// The events and counters of a connection.

import type { Message } from "../incoming/message.ts";
import type { Completion } from "../native/event-batch.ts";
import type { MqttError } from "../protocol/errors.ts";
import type { ConnectionInfo } from "../protocol/results.ts";

export type { ConnectionInfo };

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
