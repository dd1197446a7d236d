import { ProtocolVersion } from "../../lib/index.ts";

/** The versions of MQTT, for tables of tests. */
export const protocols = [
  { name: "3.1", protocol: ProtocolVersion.V31 },
  { name: "3.1.1", protocol: ProtocolVersion.V311 },
  { name: "5", protocol: ProtocolVersion.V5 },
] as const;

export const levels = [0, 1, 2] as const;

/** Every version with every QoS. */
export const combinations = protocols.flatMap((each) => levels.map((qos) => ({ ...each, qos })));
