import type { AckProperties, ConnackProperties } from "../protocol/property-types.ts";
import type { ProtocolVersion } from "../protocol/protocol-version.ts";
import { ReasonCode, reasonCodeOfReturnCode } from "../protocol/reason-code.ts";
import { openPacket } from "./bytes.ts";
import { readProperties } from "./properties.ts";

/** The fields of a CONNACK packet. Properties are undefined in MQTT 3. */
export interface Connack {
  sessionPresent: boolean;
  reasonCode: ReasonCode;
  properties: ConnackProperties | undefined;
}

/** The fields of a PUBACK, PUBREC, PUBREL or PUBCOMP packet. In MQTT 3 the reason code is always success. */
export interface Ack {
  packetIdentifier: number;
  reasonCode: ReasonCode;
  properties: AckProperties;
}

/** The fields of a SUBACK or UNSUBACK packet, with a code for each filter. Properties are undefined in MQTT 3. */
export interface SubscriptionAck {
  packetIdentifier: number;
  reasonCodes: ReasonCode[];
  properties: AckProperties | undefined;
}

/**
 * Decodes a whole CONNACK packet (MQTT 5 and MQTT 3.1.1, section 3.2).
 *
 * A CONNACK without properties has a return code of MQTT 3, even in an MQTT 5 connection. A broker without MQTT 5 sends
 * it to refuse the connection.
 *
 * @throws {MqttError} `PROTOCOL_ERROR`, when it is malformed.
 */
export function decodeConnack(bytes: Buffer, protocol: ProtocolVersion): Connack {
  const reader = openPacket(bytes);
  const flags = reader.u8();
  const code = reader.u8();
  // MQTT 3.1 does not define the flags.
  const sessionPresent = protocol > 3 && (flags & 0x01) !== 0;
  if (protocol < 5)
    return { sessionPresent, reasonCode: reasonCodeOfReturnCode(code), properties: undefined };
  if (reader.remaining === 0)
    return { sessionPresent, reasonCode: reasonCodeOfReturnCode(code), properties: {} };
  return {
    sessionPresent,
    reasonCode: ReasonCode.of(code, "connack"),
    properties: readProperties("connack", reader),
  };
}

/**
 * Decodes a whole PUBACK, PUBREC, PUBREL or PUBCOMP packet (MQTT 5, sections 3.4 to 3.7). A missing reason code is a
 * success.
 *
 * @throws {MqttError} `PROTOCOL_ERROR`, when it is malformed.
 */
export function decodeAck(bytes: Buffer): Ack {
  const reader = openPacket(bytes);
  return {
    packetIdentifier: reader.u16(),
    reasonCode: ReasonCode.of(reader.remaining > 0 ? reader.u8() : 0x00),
    properties: reader.remaining > 0 ? readProperties("ack", reader) : {},
  };
}

/**
 * Decodes a whole SUBACK packet (MQTT 5 and MQTT 3.1.1, section 3.9).
 *
 * @throws {MqttError} `PROTOCOL_ERROR`, when it is malformed.
 */
export function decodeSuback(bytes: Buffer, protocol: ProtocolVersion): SubscriptionAck {
  return decodeSubscriptionAck("suback", bytes, protocol);
}

/**
 * Decodes a whole UNSUBACK packet (MQTT 5 and MQTT 3.1.1, section 3.11). In MQTT 3 it has no reason codes.
 *
 * @throws {MqttError} `PROTOCOL_ERROR`, when it is malformed.
 */
export function decodeUnsuback(bytes: Buffer, protocol: ProtocolVersion): SubscriptionAck {
  return decodeSubscriptionAck("unsuback", bytes, protocol);
}

function decodeSubscriptionAck(
  packet: "suback" | "unsuback",
  bytes: Buffer,
  protocol: ProtocolVersion,
): SubscriptionAck {
  const reader = openPacket(bytes);
  const packetIdentifier = reader.u16();
  const properties = protocol === 5 ? readProperties("ack", reader) : undefined;
  const reasonCodes = Array.from(reader.raw(reader.remaining), (value) => ReasonCode.of(value, packet));
  return { packetIdentifier, reasonCodes, properties };
}
