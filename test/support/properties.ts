import { ByteReader, prefixed, u8, u16, u32, variableByteInteger } from "./bytes.ts";

/** The properties of an MQTT 5 packet by the names of the specification. Properties that may be repeated are lists. */
export interface Properties {
  payloadFormatIndicator?: number;
  messageExpiryInterval?: number;
  contentType?: string;
  responseTopic?: string;
  correlationData?: Uint8Array;
  subscriptionIdentifiers?: readonly number[];
  sessionExpiryInterval?: number;
  assignedClientIdentifier?: string;
  serverKeepAlive?: number;
  authenticationMethod?: string;
  authenticationData?: Uint8Array;
  requestProblemInformation?: number;
  willDelayInterval?: number;
  requestResponseInformation?: number;
  responseInformation?: string;
  serverReference?: string;
  reasonString?: string;
  receiveMaximum?: number;
  topicAliasMaximum?: number;
  topicAlias?: number;
  maximumQoS?: number;
  retainAvailable?: number;
  userProperties?: readonly (readonly [string, string])[];
  maximumPacketSize?: number;
  wildcardSubscriptionAvailable?: number;
  subscriptionIdentifierAvailable?: number;
  sharedSubscriptionAvailable?: number;
}

type Name = keyof Properties;
type Kind = "byte" | "two bytes" | "four bytes" | "variable" | "string" | "binary" | "pair";

/** MQTT 5, section 2.2.2.2. */
const table: Record<Name, readonly [identifier: number, kind: Kind]> = {
  payloadFormatIndicator: [0x01, "byte"],
  messageExpiryInterval: [0x02, "four bytes"],
  contentType: [0x03, "string"],
  responseTopic: [0x08, "string"],
  correlationData: [0x09, "binary"],
  subscriptionIdentifiers: [0x0b, "variable"],
  sessionExpiryInterval: [0x11, "four bytes"],
  assignedClientIdentifier: [0x12, "string"],
  serverKeepAlive: [0x13, "two bytes"],
  authenticationMethod: [0x15, "string"],
  authenticationData: [0x16, "binary"],
  requestProblemInformation: [0x17, "byte"],
  willDelayInterval: [0x18, "four bytes"],
  requestResponseInformation: [0x19, "byte"],
  responseInformation: [0x1a, "string"],
  serverReference: [0x1c, "string"],
  reasonString: [0x1f, "string"],
  receiveMaximum: [0x21, "two bytes"],
  topicAliasMaximum: [0x22, "two bytes"],
  topicAlias: [0x23, "two bytes"],
  maximumQoS: [0x24, "byte"],
  retainAvailable: [0x25, "byte"],
  userProperties: [0x26, "pair"],
  maximumPacketSize: [0x27, "four bytes"],
  wildcardSubscriptionAvailable: [0x28, "byte"],
  subscriptionIdentifierAvailable: [0x29, "byte"],
  sharedSubscriptionAvailable: [0x2a, "byte"],
};

type Value = number | string | Uint8Array | readonly [string, string];

/** The bytes of properties, after their length. Bytes are taken as they are, so that a test can send malformed ones. */
export function encodeProperties(properties: Properties | Uint8Array): Buffer {
  const bytes =
    properties instanceof Uint8Array
      ? properties
      : Buffer.concat(Object.entries(properties).map(encodeProperty));
  return Buffer.concat([variableByteInteger(bytes.length), bytes]);
}

function encodeProperty([name, value]: [string, Value | readonly Value[]]): Buffer {
  const [identifier, kind] = table[name as Name];
  const values = isRepeatable(name) ? (value as readonly Value[]) : [value as Value];
  return Buffer.concat(values.flatMap((each) => [u8(identifier), encodeValue(kind, each)]));
}

function encodeValue(kind: Kind, value: Value): Buffer {
  if (typeof value === "number") return encodeNumber(kind, value);
  if (typeof value === "string" || value instanceof Uint8Array) return prefixed(value);
  return Buffer.concat(value.map(prefixed));
}

function encodeNumber(kind: Kind, value: number): Buffer {
  switch (kind) {
    case "byte":
      return u8(value);
    case "two bytes":
      return u16(value);
    case "four bytes":
      return u32(value);
    default:
      return variableByteInteger(value);
  }
}

/** Decodes the raw properties of a packet, without their length. Throws for a property that MQTT 5 does not have. */
export function decodeProperties(bytes: Buffer): Properties {
  const reader = new ByteReader(bytes);
  const found: Record<string, unknown> = {};
  while (!reader.atEnd) {
    const identifier = reader.variableByteInteger();
    const entry = Object.entries(table).find(([, [known]]) => known === identifier);
    if (!entry) throw new RangeError(`a property 0x${identifier.toString(16)} does not exist`);
    const [name, [, kind]] = entry;
    const value = decodeValue(kind, reader);
    found[name] = isRepeatable(name) ? [...((found[name] as unknown[] | undefined) ?? []), value] : value;
  }
  return found;
}

function decodeValue(kind: Kind, reader: ByteReader): Value {
  switch (kind) {
    case "byte":
      return reader.u8();
    case "two bytes":
      return reader.u16();
    case "four bytes":
      return reader.u32();
    case "variable":
      return reader.variableByteInteger();
    case "string":
      return reader.string();
    case "binary":
      return reader.prefixed();
    case "pair":
      return [reader.string(), reader.string()];
  }
}

const isRepeatable = (name: string) => name === "userProperties" || name === "subscriptionIdentifiers";
