import type { CloseReason } from "../native/event-batch.ts";
import type { Settings } from "../options/settings.ts";
import { decodeDisconnect } from "../packets/disconnect.ts";
import { decodeConnack } from "../packets/reply.ts";
import { MqttCodeError, MqttConnectError, MqttError } from "../protocol/errors.ts";
import { ReasonCode } from "../protocol/reason-code.ts";

/** Returns the error of a close reason. If its packet cannot be decoded, the error is made without it. */
export function toMqttError(ending: CloseReason, read: () => MqttError): MqttError {
  try {
    return read();
  } catch (cause) {
    return new MqttError(ending.text, { code: "PROTOCOL_ERROR", cause });
  }
}

const DISCONNECT = 14;

/** Makes the error of a failed attempt to connect. The broker refuses by CONNACK or, on MQTT 5, by DISCONNECT. */
export function connectError({ code, text, packet }: CloseReason, { protocol }: Settings): MqttError {
  if (packet === undefined) return new MqttError(text, { code });
  const isDisconnect = packet.readUInt8(0) >> 4 === DISCONNECT;
  const { reasonCode, properties } = isDisconnect
    ? decodeDisconnect(packet)
    : decodeConnack(packet, protocol);
  return new MqttConnectError(reasonCode, { properties });
}

/** Makes the error of a lost connection. */
export function lossError({ code, text, reasonCode, packet }: CloseReason): MqttError {
  const cause = new MqttError(text, { code });
  if (packet !== undefined) {
    const { reasonCode: told, properties } = decodeDisconnect(packet);
    return new MqttCodeError(told, { code, properties });
  }
  if (reasonCode !== 0) return new MqttCodeError(ReasonCode.of(reasonCode, "disconnect"), { code, cause });
  return cause;
}
