// The terms that brokers and checks share.

export const protocols = ["3.1", "3.1.1", "5"] as const;
export type Protocol = (typeof protocols)[number];

export const transports = ["tcp", "websocket"] as const;
export type TransportName = (typeof transports)[number];

/** Features that MQTT leaves to a broker, or that a broker says it does not have. */
export type Feature =
  | "acl"
  | "subscribe acl"
  | "persistence"
  | "persistent sessions"
  | "publishes of QoS 2"
  | "QoS 2"
  | "server keep alive"
  | "server maximum packet size"
  | "shared subscriptions"
  | "subscription identifiers"
  | "topic aliases from the broker";

/** A row of the table: its place and its name. */
export interface Named {
  readonly group: string;
  readonly name: string;
}

/** A column of the table: one broker over one transport with one version of MQTT. */
export interface Column {
  readonly broker: string;
  readonly transport: TransportName;
  readonly protocol: Protocol;
}
