// The messages of the diagnostics channels.

import type { Message } from "../incoming/message.ts";
import type { Payload } from "../packets/payload.ts";
import type { MqttError } from "../protocol/errors.ts";
import type { PublishProperties } from "../protocol/property-types.ts";
import type { ProtocolVersion } from "../protocol/protocol-version.ts";
import type { ConnectionInfo, PublishResult, ReasonCodes } from "../protocol/results.ts";

/** The client of an event: the `Client`. */
export interface ObservedClient {
  /** The client identifier. */
  readonly identifier: string;
  /** The address in use, as a URL without credentials. */
  readonly broker: string;
}

/** The context of the tracing channel `mqtt-native:connect`: one attempt to connect. */
export interface ConnectEvent {
  /** The client that connects. */
  readonly client: ObservedClient;
  /** The address of this attempt, as a URL without credentials. */
  readonly broker: string;
  /** Whether the client connects again after a loss. */
  readonly isReconnect: boolean;
  /** The contents of the CONNACK, when the broker has accepted the connection. */
  result?: ConnectionInfo;
  /** The error of an attempt that failed. */
  error?: unknown;
}

/** The message of the channel `mqtt-native:disconnect`: the end of one connection. */
export interface DisconnectEvent {
  /** The client whose connection has ended. */
  readonly client: ObservedClient;
  /** The address of the connection, as a URL without credentials. */
  readonly broker: string;
  /** The error that ended the connection; undefined after `disconnect`. */
  readonly error: MqttError | undefined;
}

/** The context of the tracing channel `mqtt-native:publish`: one call of `publish`. */
export interface PublishEvent {
  /** The client that publishes. */
  readonly client: ObservedClient;
  /** The version of MQTT. Properties need `ProtocolVersion.V5`. */
  readonly protocol: ProtocolVersion;
  /** The topic, as the program gave it. */
  readonly topic: string;
  /** The payload, as the program gave it. */
  readonly payload: Payload;
  /** The quality of service. */
  readonly qos: 0 | 1 | 2;
  /** Whether the broker keeps the message. */
  readonly retain: boolean;
  /** MQTT 5: the properties. A subscriber of `start` may assign others, which are sent instead. */
  properties: PublishProperties | undefined;
  /** The result of the call, when it has succeeded. */
  result?: PublishResult;
  /** The error of a call that failed. */
  error?: unknown;
}

/** The message of the channel `mqtt-native:message`: a received message. */
export interface MessageReceivedEvent {
  /** The client that has received the message. */
  readonly client: ObservedClient;
  /** The version of MQTT. */
  readonly protocol: ProtocolVersion;
  /** The message, before it is queued. */
  readonly message: Message;
}

/** The context of the tracing channel `mqtt-native:subscribe`: one SUBSCRIBE packet of a call. */
export interface SubscribeEvent {
  /** The client that subscribes. */
  readonly client: ObservedClient;
  /** The topic filters. */
  readonly filters: readonly string[];
  /** The reason codes for the filters, when all are granted. */
  result?: ReasonCodes;
  /** The error of a call that failed. */
  error?: unknown;
}
