import { ByteReader } from "./bytes.ts";

/** The parts that every client packet has: `raw` is the whole packet, `body` the part after the fixed header. */
interface Common<Type extends string> {
  readonly type: Type;
  /** The lower four bits of the first byte. */
  readonly flags: number;
  readonly body: Buffer;
  readonly raw: Buffer;
  /** When the last byte arrived: milliseconds on the clock of `performance.now()`. */
  readonly receivedAt: number;
}

/** `properties` are raw, without their length (see decodeProperties). They are empty before MQTT 5. */
interface WithProperties {
  readonly properties: Buffer;
}

export interface WillOfConnect extends WithProperties {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: number;
  readonly retain: boolean;
}

export interface ConnectPacket extends Common<"CONNECT">, WithProperties {
  readonly protocolName: string;
  /** The level in the packet: 3, 4 or 5. */
  readonly protocolVersion: number;
  /** The flag that MQTT 3 calls clean session. */
  readonly cleanStart: boolean;
  readonly keepalive: number;
  readonly clientId: string;
  readonly will: WillOfConnect | undefined;
  readonly username: string | undefined;
  readonly password: Buffer | undefined;
}

export interface PublishPacket extends Common<"PUBLISH">, WithProperties {
  readonly topic: string;
  readonly qos: number;
  readonly retain: boolean;
  readonly dup: boolean;
  /** 0 at QoS 0, where a packet has no identifier. */
  readonly packetId: number;
  readonly payload: Buffer;
}

export interface AcknowledgementPacket<Type extends "PUBACK" | "PUBREC" | "PUBREL" | "PUBCOMP">
  extends Common<Type>,
    WithProperties {
  readonly packetId: number;
  readonly reasonCode: number;
}

export interface Subscription {
  readonly filter: string;
  readonly qos: number;
  readonly noLocal: boolean;
  readonly retainAsPublished: boolean;
  readonly retainHandling: number;
}

export interface SubscribePacket extends Common<"SUBSCRIBE">, WithProperties {
  readonly packetId: number;
  readonly subscriptions: readonly Subscription[];
}

export interface UnsubscribePacket extends Common<"UNSUBSCRIBE">, WithProperties {
  readonly packetId: number;
  readonly filters: readonly string[];
}

export type PingreqPacket = Common<"PINGREQ">;

export interface DisconnectPacket extends Common<"DISCONNECT">, WithProperties {
  readonly reasonCode: number;
}

export interface AuthPacket extends Common<"AUTH">, WithProperties {
  readonly reasonCode: number;
}

export type ClientPacket =
  | ConnectPacket
  | PublishPacket
  | AcknowledgementPacket<"PUBACK">
  | AcknowledgementPacket<"PUBREC">
  | AcknowledgementPacket<"PUBREL">
  | AcknowledgementPacket<"PUBCOMP">
  | SubscribePacket
  | UnsubscribePacket
  | PingreqPacket
  | DisconnectPacket
  | AuthPacket;

export type ClientPacketType = ClientPacket["type"];
export type PacketOf<Type extends ClientPacketType> = Extract<ClientPacket, { type: Type }>;

/** MQTT 5, section 2.1.2. */
const names = {
  1: "CONNECT",
  3: "PUBLISH",
  4: "PUBACK",
  5: "PUBREC",
  6: "PUBREL",
  7: "PUBCOMP",
  8: "SUBSCRIBE",
  10: "UNSUBSCRIBE",
  12: "PINGREQ",
  14: "DISCONNECT",
  15: "AUTH",
} as const satisfies Record<number, ClientPacketType>;

/**
 * Parses one whole client packet. `version` is the level of the earlier CONNECT; a CONNECT has its own. Throws when the
 * packet is malformed or of a type that no client may send.
 */
export function parseClientPacket(raw: Buffer, version: number): ClientPacket {
  const header = new ByteReader(raw);
  const first = header.u8();
  const type = (names as Record<number, ClientPacketType>)[first >> 4];
  if (!type) throw new RangeError(`a client does not send packets of type ${first >> 4}`);
  header.variableByteInteger();
  const body = header.rest();
  const common = { flags: first & 15, body, raw, receivedAt: performance.now() };
  const reader = new ByteReader(body);
  const packet = { ...common, ...fields(type, common.flags, reader, version) };
  if (!reader.atEnd) throw new RangeError(`${type} has ${reader.rest().length} bytes too many`);
  return packet;
}

type Fields<Packet> = Packet extends ClientPacket
  ? Omit<Packet, "flags" | "body" | "raw" | "receivedAt">
  : never;

function fields(
  type: ClientPacketType,
  flags: number,
  reader: ByteReader,
  version: number,
): Fields<ClientPacket> {
  const properties = () => (version >= 5 ? reader.properties() : Buffer.alloc(0));
  switch (type) {
    case "CONNECT":
      return { type, ...connect(reader) };
    case "PUBLISH":
      return { type, ...publish(flags, reader, properties) };
    case "SUBSCRIBE":
      return {
        type,
        packetId: reader.u16(),
        properties: properties(),
        subscriptions: untilEnd(reader, () => subscription(reader)),
      };
    case "UNSUBSCRIBE":
      return {
        type,
        packetId: reader.u16(),
        properties: properties(),
        filters: untilEnd(reader, () => reader.string()),
      };
    case "PINGREQ":
      return { type };
    case "DISCONNECT":
    case "AUTH":
      return { type, ...reason(reader, properties) };
    default:
      return { type, packetId: reader.u16(), ...reason(reader, properties) };
  }
}

function connect(reader: ByteReader): Omit<Fields<ConnectPacket>, "type"> {
  const protocolName = reader.string();
  const protocolVersion = reader.u8();
  const flags = reader.u8();
  const keepalive = reader.u16();
  const propertiesIfAny = () => (protocolVersion === 5 ? reader.properties() : Buffer.alloc(0));
  return {
    protocolName,
    protocolVersion,
    cleanStart: (flags & 0x02) !== 0,
    keepalive,
    properties: propertiesIfAny(),
    clientId: reader.string(),
    will: flags & 0x04 ? will(flags, reader, propertiesIfAny()) : undefined,
    username: flags & 0x80 ? reader.string() : undefined,
    password: flags & 0x40 ? reader.prefixed() : undefined,
  };
}

function will(flags: number, reader: ByteReader, properties: Buffer): WillOfConnect {
  return {
    properties,
    topic: reader.string(),
    payload: reader.prefixed(),
    qos: (flags >> 3) & 3,
    retain: (flags & 0x20) !== 0,
  };
}

function publish(
  flags: number,
  reader: ByteReader,
  properties: () => Buffer,
): Omit<Fields<PublishPacket>, "type"> {
  const qos = (flags >> 1) & 3;
  return {
    qos,
    dup: (flags & 8) !== 0,
    retain: (flags & 1) !== 0,
    topic: reader.string(),
    packetId: qos > 0 ? reader.u16() : 0,
    properties: properties(),
    payload: reader.rest(),
  };
}

function subscription(reader: ByteReader): Subscription {
  const filter = reader.string();
  const options = reader.u8();
  return {
    filter,
    qos: options & 3,
    noLocal: (options & 4) !== 0,
    retainAsPublished: (options & 8) !== 0,
    retainHandling: (options >> 4) & 3,
  };
}

/** A packet may end before its reason code, which is then 0, or before its properties (MQTT 5, section 3.4.2). */
function reason(reader: ByteReader, properties: () => Buffer): { reasonCode: number } & WithProperties {
  const reasonCode = reader.atEnd ? 0 : reader.u8();
  return { reasonCode, properties: reader.atEnd ? Buffer.alloc(0) : properties() };
}

function untilEnd<T>(reader: ByteReader, read: () => T): T[] {
  const items: T[] = [];
  while (!reader.atEnd) items.push(read());
  return items;
}
