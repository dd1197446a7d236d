import type { BinaryInput, ConnectProperties, WillProperties } from "../protocol/property-types.ts";
import type { ProtocolVersion } from "../protocol/protocol-version.ts";
import { fits, MAX_BYTES } from "../util/check.ts";
import { composePacket, Writer } from "./bytes.ts";
import { encodeProperties } from "./properties.ts";

/** The message that the broker publishes when the connection is lost (MQTT 5, section 3.1.2.5). */
export interface ConnectWill {
  topic: string;
  payload: Uint8Array;
  qos: 0 | 1 | 2;
  retain: boolean;
  properties?: WillProperties | undefined;
}

/** The fields of a CONNECT packet. Only MQTT 5 has properties. */
export interface ConnectFields {
  protocol: ProtocolVersion;
  /** The client identifier. If it is empty, the broker assigns one, except in MQTT 3.1. */
  identifier: string;
  /** Clean Session, or Clean Start in MQTT 5. */
  clean: boolean;
  /** Seconds, 0 to 65 535. */
  keepalive: number;
  username?: string | undefined;
  password?: BinaryInput | undefined;
  will?: ConnectWill | undefined;
  properties?: ConnectProperties | undefined;
}

const CONNECT = 0x10;

/**
 * Encodes a whole CONNECT packet (MQTT 5 and MQTT 3.1.1, section 3.1; MQTT 3.1 differs in the protocol's name).
 *
 * @throws {RangeError} when the identifier, user name, password, or the will's topic or payload exceeds 65 535 bytes.
 * @throws {TypeError} when a property is not allowed.
 */
export function encodeConnect(fields: ConnectFields): Buffer {
  const { protocol, identifier, username, password, will } = fields;
  const body = new Writer();
  body.utf8(protocol === 3 ? "MQIsdp" : "MQTT");
  body.u8(protocol);
  body.u8(connectFlags(fields));
  body.u16(fields.keepalive);
  if (protocol === 5) body.raw(encodeProperties("connect", fields.properties));
  body.utf8(bounded("identifier", identifier));
  if (will) writeWill(body, protocol, will);
  if (username !== undefined) body.utf8(bounded("username", username));
  if (password !== undefined) body.binary(bounded("password", password));
  return composePacket(CONNECT, body);
}

/** Returns the connect flags (MQTT 5, section 3.1.2.3). */
function connectFlags({ clean, username, password, will }: ConnectFields): number {
  let flags = clean ? 0x02 : 0;
  if (will) flags |= 0x04 | (will.qos << 3) | (will.retain ? 0x20 : 0);
  if (password !== undefined) flags |= 0x40;
  if (username !== undefined) flags |= 0x80;
  return flags;
}

function writeWill(body: Writer, protocol: ProtocolVersion, will: ConnectWill): void {
  if (protocol === 5) body.raw(encodeProperties("will", will.properties));
  body.utf8(bounded("will.topic", will.topic));
  body.binary(bounded("will.payload", will.payload));
}

/** Returns a value that fits its two bytes of length, or throws. The message has no value, which may be a secret. */
function bounded<T extends BinaryInput>(name: string, value: T): T {
  if (fits(value)) return value;
  throw new RangeError(`${name} has at most ${MAX_BYTES} bytes, not ${Buffer.byteLength(value)}`);
}
