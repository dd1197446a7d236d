import { type DisconnectOptions, OPTIONS, validateOptions } from "../options/call-options.ts";
import { requireV5, type Settings } from "../options/settings.ts";
import { encodeDisconnect } from "../packets/disconnect.ts";
import { format, validateBoolean } from "../util/check.ts";

/** The reason codes that a client may send in DISCONNECT (MQTT 5, section 3.14.2.1). */
const CLIENT_DISCONNECTS = new Set([
  0, 4, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99,
]);

/**
 * Encodes a DISCONNECT packet. Throws for invalid options. Reason string and user properties are left out if the packet
 * would exceed the broker's maximum packet size ([MQTT-3.14.2-3], [MQTT-3.14.2-4]).
 */
export function disconnectPacket(
  options: DisconnectOptions,
  settings: Settings,
  maximumPacketSize: number,
): Buffer {
  validateOptions(options, OPTIONS.disconnect);
  const { reasonCode = 0, drain } = options;
  if (drain !== undefined) validateBoolean("drain", drain);
  const properties = settings.endsSession
    ? { sessionExpiryInterval: 0, ...options.properties }
    : options.properties;
  if (reasonCode !== 0) requireV5("reasonCode", settings.protocol);
  if (properties !== undefined) requireV5("properties", settings.protocol);
  // A session expiry of 0 in CONNECT must not be raised by DISCONNECT (MQTT 5, section 3.14.2.2.2).
  if (properties?.sessionExpiryInterval && !settings.properties?.sessionExpiryInterval)
    throw new RangeError(
      "properties.sessionExpiryInterval must be 0, as it was when connecting, " +
        `not ${format(properties.sessionExpiryInterval)}`,
    );
  if (!CLIENT_DISCONNECTS.has(reasonCode))
    throw new RangeError(`reasonCode must be one that a client may give, not ${format(reasonCode)}`);
  const packet = encodeDisconnect(reasonCode, properties);
  if (packet.byteLength <= maximumPacketSize || properties === undefined) return packet;
  const { sessionExpiryInterval } = properties;
  return encodeDisconnect(reasonCode, sessionExpiryInterval === undefined ? {} : { sessionExpiryInterval });
}
