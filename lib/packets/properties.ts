import type { ReceivedProperties, SentProperties } from "../protocol/property-types.ts";
import { isTopicName } from "../protocol/topic.ts";
import { isBytes, validateView } from "../util/binary.ts";
import { fits, format, isUtf8String } from "../util/check.ts";
import { nearest } from "../util/unknown-member.ts";
import { MAX_VARINT, malformed, Reader, Writer } from "./bytes.ts";

type Sent = keyof SentProperties;
type Received = keyof ReceivedProperties;

/** The representation of a property's values in JavaScript and in packets. */
interface PropertyType<T = unknown> {
  /** The allowed values, for error messages. */
  readonly allowed: string;
  /** Whether the property may occur several times; it then is an array. */
  readonly repeats?: true;
  accepts(value: unknown): value is T;
  write(writer: Writer, value: T): void;
  /** Reads a value. The caller must check it with `accepts`. */
  read(reader: Reader): unknown;
}

type IntegerFormat = "u8" | "u16" | "u32" | "varint";

function integer(format: IntegerFormat, minimum: number, maximum: number): PropertyType<number> {
  return {
    allowed: `an integer from ${minimum} to ${maximum}`,
    accepts: (value): value is number =>
      Number.isInteger(value) && Number(value) >= minimum && Number(value) <= maximum,
    write: (writer, value) => writer[format](value),
    read: (reader) => reader[format](),
  };
}

function text(allowed: string, accepts: (value: unknown) => value is string): PropertyType<string> {
  return {
    allowed,
    accepts,
    write: (writer, value) => writer.utf8(value),
    read: (reader) => reader.utf8(),
  };
}

function repeated<T>(type: PropertyType<T>): PropertyType<T> {
  return { ...type, repeats: true };
}

const flag: PropertyType<boolean> = {
  allowed: "a boolean",
  accepts: (value): value is boolean => typeof value === "boolean",
  write: (writer, value) => writer.u8(value ? 1 : 0),
  read(reader) {
    const byte = reader.u8();
    return byte > 1 ? byte : byte === 1;
  },
};

const bit = integer("u8", 0, 1);
const u16 = integer("u16", 0, 0xffff);
const positiveU16 = integer("u16", 1, 0xffff);
const u32 = integer("u32", 0, 0xffff_ffff);
const positiveU32 = integer("u32", 1, 0xffff_ffff);
const positiveVarint = integer("varint", 1, MAX_VARINT);

const UTF8 = "of at most 65535 bytes of UTF-8 without U+0000";
const utf8 = text(`a string ${UTF8}`, isUtf8String);
const topic = text(`a non-empty string ${UTF8}, + and #`, isTopicName);

const binary: PropertyType<Uint8Array | string> = {
  allowed: "a Uint8Array or a string of at most 65535 bytes",
  accepts: (value): value is Uint8Array | string =>
    (typeof value === "string" || isBytes(value)) && fits(value),
  write: (writer, value) => writer.binary(value),
  read: (reader) => reader.binary(),
};

const pair: PropertyType<readonly [string, string]> = {
  allowed: `a pair [name, value] of strings, each ${UTF8}`,
  accepts: (value): value is [string, string] =>
    Array.isArray(value) && value.length === 2 && value.every(isUtf8String),
  write(writer, [name, value]) {
    writer.utf8(name);
    writer.utf8(value);
  },
  read: (reader) => [reader.utf8(), reader.utf8()],
};

type Row = readonly [
  id: number,
  name: string,
  PropertyType,
  sent: readonly Sent[],
  received: readonly Received[],
];

const sentByName: Readonly<Record<Sent, Map<string, Row>>> = {
  connect: new Map(),
  will: new Map(),
  publish: new Map(),
  subscribe: new Map(),
  unsubscribe: new Map(),
  disconnect: new Map(),
  auth: new Map(),
  ack: new Map(),
};
const receivedById: Readonly<Record<Received, Map<number, Row>>> = {
  connack: new Map(),
  publish: new Map(),
  ack: new Map(),
  disconnect: new Map(),
  auth: new Map(),
};
const ANY_SENT = Object.keys(sentByName) as Sent[];
const ANY_RECEIVED = Object.keys(receivedById) as Received[];

/** MQTT 5, table 2-4, divided into sent and received packets. */
const TABLE: readonly Row[] = [
  [0x01, "payloadFormatIndicator", flag, ["publish", "will"], ["publish"]],
  [0x02, "messageExpiryInterval", u32, ["publish", "will"], ["publish"]],
  [0x03, "contentType", utf8, ["publish", "will"], ["publish"]],
  [0x08, "responseTopic", topic, ["publish", "will"], ["publish"]],
  [0x09, "correlationData", binary, ["publish", "will"], ["publish"]],
  [0x0b, "subscriptionIdentifier", positiveVarint, ["subscribe"], []],
  [0x0b, "subscriptionIdentifiers", repeated(positiveVarint), [], ["publish"]],
  [0x11, "sessionExpiryInterval", u32, ["connect", "disconnect"], ["connack"]],
  [0x12, "assignedClientIdentifier", utf8, [], ["connack"]],
  [0x13, "serverKeepAlive", u16, [], ["connack"]],
  [0x15, "authenticationMethod", utf8, ["connect", "auth"], ["connack", "auth"]],
  [0x16, "authenticationData", binary, ["connect", "auth"], ["connack", "auth"]],
  [0x17, "requestProblemInformation", flag, ["connect"], []],
  [0x18, "willDelayInterval", u32, ["will"], []],
  [0x19, "requestResponseInformation", flag, ["connect"], []],
  [0x1a, "responseInformation", utf8, [], ["connack"]],
  [0x1c, "serverReference", utf8, [], ["connack", "disconnect"]],
  [0x1f, "reasonString", utf8, ["disconnect", "auth", "ack"], ["connack", "ack", "disconnect", "auth"]],
  [0x21, "receiveMaximum", positiveU16, ["connect"], ["connack"]],
  [0x22, "topicAliasMaximum", u16, ["connect"], ["connack"]],
  [0x23, "topicAlias", positiveU16, ["publish"], ["publish"]],
  [0x24, "maximumQoS", bit, [], ["connack"]],
  [0x25, "retainAvailable", flag, [], ["connack"]],
  [0x26, "userProperties", repeated(pair), ANY_SENT, ANY_RECEIVED],
  [0x27, "maximumPacketSize", positiveU32, ["connect"], ["connack"]],
  [0x28, "wildcardSubscriptionAvailable", flag, [], ["connack"]],
  [0x29, "subscriptionIdentifierAvailable", flag, [], ["connack"]],
  [0x2a, "sharedSubscriptionAvailable", flag, [], ["connack"]],
];

for (const row of TABLE) {
  const [id, name, , sent, received] = row;
  for (const packet of sent) sentByName[packet].set(name, row);
  for (const packet of received) receivedById[packet].set(id, row);
}

/** Returns the names of the properties that a sent packet may have. */
export function propertyNames(packet: Sent): string[] {
  return [...sentByName[packet].keys()];
}

/**
 * Encodes the properties of a packet, with their length (MQTT 5, section 2.2.2). Undefined ones are left out.
 *
 * @throws {TypeError} when the packet may not have a property, or a value is not allowed.
 */
export function encodeProperties<P extends Sent>(
  packet: P,
  properties: SentProperties[P] | undefined,
): Buffer {
  if (properties === undefined) return Buffer.of(0);
  const path = packet === "will" ? "will.properties" : "properties";
  if (typeof properties !== "object" || properties === null) {
    throw new TypeError(`${path} must be an object, not ${format(properties)}`);
  }
  const body = new Writer();
  for (const [name, value] of Object.entries(properties)) {
    if (value !== undefined) writeProperty(body, packet, path, name, value);
  }
  const bytes = body.finish();
  const block = new Writer();
  block.varint(bytes.length);
  block.raw(bytes);
  return block.finish();
}

/**
 * Checks and copies properties of packets that are sent later or more than once. Later changes by the program have no
 * effect on the copy.
 *
 * @throws as `encodeProperties` does
 */
export function keptProperties<P extends Sent>(
  packet: P,
  properties: SentProperties[P] | undefined,
): Readonly<SentProperties[P]> | undefined {
  encodeProperties(packet, properties); // throws for invalid ones
  if (properties === undefined) return undefined;
  const members = Object.entries(properties).map(([name, value]) => [name, copied(value)]);
  return Object.freeze(Object.fromEntries(members)) as Readonly<SentProperties[P]>;
}

function copied(value: unknown): unknown {
  if (isBytes(value)) return Buffer.from(value);
  return Array.isArray(value) ? Object.freeze(value.map(copied)) : value;
}

function writeProperty(writer: Writer, packet: Sent, path: string, name: string, value: unknown): void {
  const row = sentByName[packet].get(name);
  if (row === undefined) {
    const names = propertyNames(packet);
    const meant = nearest(name, names);
    const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
    throw new TypeError(
      `${path}.${name} (${shown(name, value)}) is not allowed in ${packet}, only ${names.join(", ")}${hint}`,
    );
  }
  const type = row[2];
  if (!type.repeats) {
    writeValue(writer, row, `${path}.${name}`, value);
  } else if (Array.isArray(value)) {
    for (const [index, element] of value.entries()) {
      writeValue(writer, row, `${path}.${name}[${index}]`, element);
    }
  } else {
    throw new TypeError(
      `${path}.${name} must be an array, each element ${type.allowed}, not ${format(value)}`,
    );
  }
}

/** Formats a property's value for error messages, except authentication data, which is a secret. */
function shown(name: string, value: unknown): string {
  return name === "authenticationData" ? "what was given" : format(value);
}

function writeValue(writer: Writer, [id, name, type]: Row, path: string, value: unknown): void {
  if (!type.accepts(value)) throw new TypeError(`${path} must be ${type.allowed}, not ${shown(name, value)}`);
  if (isBytes(value)) validateView(path, value);
  writer.u8(id);
  type.write(writer, value);
}

/**
 * Decodes the properties of a received packet, which begin with their length at `offset`. Returns them and the offset
 * of their end. Buffers in them own their memory.
 *
 * @throws {MqttError} `PROTOCOL_ERROR`, when they are malformed, the packet may not have one, or one occurs twice.
 */
export function decodeProperties<P extends Received>(
  packet: P,
  bytes: Buffer,
  offset = 0,
): { properties: ReceivedProperties[P]; end: number } {
  const reader = new Reader(bytes, offset, bytes.length);
  return { properties: readProperties(packet, reader), end: reader.offset };
}

/** Internal: decodes properties from a reader, as `decodeProperties` does. */
export function readProperties<P extends Received>(packet: P, reader: Reader): ReceivedProperties[P] {
  const section = reader.section(reader.varint());
  const properties: Record<string, unknown> = {};
  while (section.remaining > 0) readProperty(section, packet, properties);
  return properties as ReceivedProperties[P];
}

function readProperty(reader: Reader, packet: Received, properties: Record<string, unknown>): void {
  const id = reader.varint();
  const row = receivedById[packet].get(id);
  if (row === undefined) throw malformed(`property ${id} is not allowed in ${packet}`);
  const [, name, type] = row;
  const value = type.read(reader);
  if (!type.accepts(value)) throw malformed(`${name} must be ${type.allowed}, not ${shown(name, value)}`);
  if (!Object.hasOwn(properties, name)) properties[name] = type.repeats ? [value] : value;
  else if (type.repeats) (properties[name] as unknown[]).push(value);
  else throw malformed(`${name} occurs twice`);
}
