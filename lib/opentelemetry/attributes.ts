// The attributes of spans and metrics, by OpenTelemetry's semantic conventions for messaging, version 1.37.

import type { Attributes } from "@opentelemetry/api";
import type { ObservedClient } from "../diagnostics/events.ts";
import type { Payload } from "../packets/payload.ts";
import type { ProtocolVersion } from "../protocol/protocol-version.ts";

/** The names of the attributes that this package sets. */
export const NAMES = {
  system: "messaging.system",
  operationType: "messaging.operation.type",
  operationName: "messaging.operation.name",
  destination: "messaging.destination.name",
  template: "messaging.destination.template",
  clientId: "messaging.client.id",
  bodySize: "messaging.message.body.size",
  address: "server.address",
  port: "server.port",
  protocol: "network.protocol.name",
  protocolVersion: "network.protocol.version",
  transport: "network.transport",
  errorType: "error.type",
  /** Not of the conventions, which have no attributes of MQTT. */
  qos: "messaging.mqtt.qos",
} as const;

const VERSIONS: Readonly<Record<ProtocolVersion, string>> = { 3: "3.1", 4: "3.1.1", 5: "5.0" };

/** Returns the attribute of a version of MQTT. */
export function protocolAttributes(protocol: ProtocolVersion): Attributes {
  return { [NAMES.protocol]: "mqtt", [NAMES.protocolVersion]: VERSIONS[protocol] };
}

/** Returns the attributes of the broker's address. They are few, so metrics may have them. */
export function serverAttributes(broker: string): Attributes {
  if (broker.startsWith("unix:"))
    return { [NAMES.address]: broker.slice("unix:".length), [NAMES.transport]: "unix" };
  const { address, port } = /^\w+:\/\/\[?(?<address>.*?)\]?:(?<port>\d+)(?:\/|$)/.exec(broker)?.groups ?? {};
  if (address === undefined) return {};
  return { [NAMES.address]: address, [NAMES.port]: Number(port), [NAMES.transport]: "tcp" };
}

/** Returns the attributes of a client's spans. */
export function clientAttributes({ identifier, broker }: ObservedClient): Attributes {
  const own = identifier === "" ? {} : { [NAMES.clientId]: identifier };
  return { [NAMES.system]: "mqtt", ...own, ...serverAttributes(broker) };
}

/** Returns the size of a payload in bytes. */
export function measurePayload(payload: Payload): number {
  if (payload === null || payload === undefined) return 0;
  return typeof payload === "object" ? payload.byteLength : Buffer.byteLength(String(payload));
}

/** Returns the `error.type` of an error: its code, or the name of its class. */
export function errorType(error: unknown): string {
  if (!(error instanceof Error)) return "_OTHER";
  const { code } = error as { code?: unknown };
  return typeof code === "string" ? code : error.name;
}
