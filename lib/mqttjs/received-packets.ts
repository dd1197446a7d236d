// Received packets, as MQTT.js's events have them. All have the same members, null where they mean nothing.

import type { ConnectionInfo } from "../connection/reports.ts";
import type { Message } from "../incoming/message.ts";
import { decodeDisconnect } from "../packets/disconnect.ts";
import { decodeAck, decodeSuback, decodeUnsuback } from "../packets/reply.ts";
import type { AckProperties } from "../protocol/property-types.ts";
import type { ProtocolVersion } from "../protocol/protocol-version.ts";
import type { Topic } from "../protocol/topic.ts";
import type {
  IAckPacket,
  IConnackPacket,
  IDisconnectPacket,
  IPublishPacket,
  ISubackPacket,
  IUnsubackPacket,
  PacketCmd,
} from "./packets.ts";
import { toConnackProperties, toMessageProperties, toReceived } from "./properties.ts";

/** Returns the members that every packet has. `length`: bytes after the fixed header. */
function members<Cmd extends PacketCmd>(cmd: Cmd, length: number) {
  return { cmd, retain: false, qos: 0, dup: false, length, topic: null, payload: null };
}

/** Returns the bytes of a packet after its fixed header. */
function bodySize(packet: Buffer): number {
  let size = 1;
  while (((packet[size++] ?? 0) & 0x80) !== 0);
  return packet.length - size;
}

// The topic of the last message, since many messages of one topic follow each other.
let lastTopic: Topic | undefined;
let lastName = "";
let lastSize = 0;

function remember(topic: Topic): void {
  lastTopic = topic;
  lastName = topic.value;
  lastSize = Buffer.byteLength(lastName);
}

/** Converts a message. */
export function toPublishPacket(message: Message): IPublishPacket {
  const { topic: topicObject, qos, retain, dup, payload, mid, properties } = message;
  if (topicObject !== lastTopic) remember(topicObject);
  const topic = lastName;
  const length = 2 + lastSize + payload.length + (qos > 0 ? 2 : 0);
  const packet: IPublishPacket =
    qos > 0
      ? { cmd: "publish", retain, qos, dup, length, topic, payload, messageId: mid }
      : { cmd: "publish", retain, qos, dup, length, topic, payload };
  if (properties !== undefined) packet.properties = toMessageProperties(properties);
  return packet;
}

export function toConnackPacket(
  { sessionPresent, reasonCode, properties }: ConnectionInfo,
  packet: Buffer,
  isV5: boolean,
): IConnackPacket {
  const common = { ...members("connack", bodySize(packet)), sessionPresent };
  if (!isV5) return { ...common, returnCode: reasonCode.value };
  const converted = toConnackProperties(properties);
  return { ...common, reasonCode: reasonCode.value, ...(converted && { properties: converted }) };
}

export function toDisconnectPacket(packet: Buffer): IDisconnectPacket {
  const { reasonCode, properties } = decodeDisconnect(packet);
  const converted = toReceived(properties);
  const common = { ...members("disconnect", bodySize(packet)), reasonCode: reasonCode.value };
  return converted === undefined ? common : { ...common, properties: converted };
}

/** The acknowledgement of a publish. `answer`: undefined if it said nothing but success. */
export function toAckPacket<Cmd extends "puback" | "pubrec" | "pubrel" | "pubcomp">(
  cmd: Cmd,
  messageId: number,
  answer: Buffer | undefined,
  isV5: boolean,
): IAckPacket {
  const common = { ...members(cmd, answer === undefined ? 2 : bodySize(answer)), messageId };
  if (!isV5) return common;
  if (answer === undefined) return { ...common, reasonCode: 0 };
  const { reasonCode, properties } = decodeAck(answer);
  const converted = toReceived(properties);
  return { ...common, reasonCode: reasonCode.value, ...(converted && { properties: converted }) };
}

export function toSubackPacket(answer: Buffer, messageId: number, protocol: ProtocolVersion): ISubackPacket {
  const { reasonCodes, properties } = decodeSuback(answer, protocol);
  const granted = reasonCodes.map(({ value }) => value);
  return withProperties({ ...members("suback", bodySize(answer)), messageId, granted }, properties);
}

export function toUnsubackPacket(
  answer: Buffer | undefined,
  messageId: number,
  protocol: ProtocolVersion,
): IUnsubackPacket {
  const common = { ...members("unsuback", answer === undefined ? 2 : bodySize(answer)), messageId };
  if (answer === undefined) return { ...common, granted: [] };
  const { reasonCodes, properties } = decodeUnsuback(answer, protocol);
  return withProperties({ ...common, granted: reasonCodes.map(({ value }) => value) }, properties);
}

function withProperties<T extends object>(packet: T, properties: AckProperties | undefined): T {
  const converted = toReceived(properties);
  return converted === undefined ? packet : { ...packet, properties: converted };
}
