import type {
  AuthProperties,
  DisconnectProperties,
  ReceivedProperties,
  ServerAuthProperties,
  ServerDisconnectProperties,
} from "../protocol/property-types.ts";
import { ReasonCode } from "../protocol/reason-code.ts";
import { composePacket, openPacket, Writer } from "./bytes.ts";
import { encodeProperties, readProperties } from "./properties.ts";

const DISCONNECT = 0xe0;
const AUTH = 0xf0;

/** The fields of a DISCONNECT or AUTH packet of the broker. */
export interface Notice<Properties> {
  reasonCode: ReasonCode;
  properties: Properties;
}

/**
 * Encodes a whole DISCONNECT packet (MQTT 5, section 3.14). Without arguments it is also that of MQTT 3.
 *
 * @throws {TypeError} when a property is not allowed.
 */
export function encodeDisconnect(reasonCode = 0x00, properties?: DisconnectProperties): Buffer {
  return compose(DISCONNECT, reasonCode, encodeProperties("disconnect", properties));
}

/**
 * Encodes a whole AUTH packet (MQTT 5, section 3.15).
 *
 * @throws {TypeError} when a property is not allowed.
 */
export function encodeAuth(reasonCode: number, properties: AuthProperties): Buffer {
  return compose(AUTH, reasonCode, encodeProperties("auth", properties));
}

/**
 * Decodes a DISCONNECT packet of the broker (MQTT 5, section 3.14).
 *
 * @throws {MqttError} `PROTOCOL_ERROR`, when it is malformed.
 */
export function decodeDisconnect(bytes: Buffer): Notice<ServerDisconnectProperties> {
  return decode("disconnect", bytes);
}

/**
 * Decodes an AUTH packet of the broker (MQTT 5, section 3.15).
 *
 * @throws {MqttError} `PROTOCOL_ERROR`, when it is malformed.
 */
export function decodeAuth(bytes: Buffer): Notice<ServerAuthProperties> {
  return decode("auth", bytes);
}

/** Composes a packet. A success without properties has neither of both, which is the packet of MQTT 3. */
function compose(firstByte: number, reasonCode: number, properties: Buffer): Buffer {
  const body = new Writer();
  if (reasonCode !== 0x00 || properties.length > 1) {
    body.u8(reasonCode);
    body.raw(properties);
  }
  return composePacket(firstByte, body);
}

function decode<P extends "disconnect" | "auth">(packet: P, bytes: Buffer): Notice<ReceivedProperties[P]> {
  const reader = openPacket(bytes);
  const reasonCode = ReasonCode.of(reader.remaining > 0 ? reader.u8() : 0x00, packet);
  return { reasonCode, properties: reader.remaining > 0 ? readProperties(packet, reader) : {} };
}
