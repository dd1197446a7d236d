import { type DisconnectOptions, OPTIONS, validateOptions } from "../options/call-options.ts";
import { show } from "../basics/check.ts";
import { validateDuration } from "../basics/duration.ts";
import { requireV5, type Settings } from "../options/settings.ts";
import { encodeDisconnect } from "../packets/disconnect.ts";
import { encodeProperties } from "../packets/properties.ts";
import type { PublishProperties } from "../protocol/property-types.ts";

/** The reason codes that a client may give (MQTT 5, section 3.14.2.1). */
const CLIENT_DISCONNECTS = new Set([
  0, 4, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99,
]);

/** The properties of a PUBLISH, encoded. Throws for what this client may not send. */
export function publishProperties(
  properties: PublishProperties | undefined,
  qos: 0 | 1 | 2,
  settings: Settings,
): Buffer | undefined {
  if (properties === undefined) return undefined;
  requireV5("properties", settings.protocol);
  const encoded = encodeProperties("publish", properties);
  if (properties.topicAlias !== undefined) checkAlias(qos, settings);
  return encoded;
}

/** A message that is sent again on a later connection would carry an alias that nobody knows there. */
function checkAlias(qos: 0 | 1 | 2, { topicAliases }: Settings): void {
  if (topicAliases !== "off")
    throw new TypeError(
      'properties.topicAlias needs the option topicAliases: "off"; else aliases are automatic',
    );
  if (qos !== 0) throw new TypeError(`properties.topicAlias is for QoS 0 only, not ${qos}`);
}

/**
 * The DISCONNECT packet. Throws for what it cannot say. What explains it is left out when it does not fit into what the broker
 * takes ([MQTT-3.14.2-3], [MQTT-3.14.2-4]).
 */
export function disconnectPacket(
  options: DisconnectOptions,
  settings: Settings,
  maximumPacketSize: number,
): Buffer {
  validateOptions(options, OPTIONS.disconnect);
  const { reasonCode = 0, properties, timeout } = options;
  if (timeout !== undefined) validateDuration("timeout", timeout);
  if (reasonCode !== 0) requireV5("reasonCode", settings.protocol);
  if (properties !== undefined) requireV5("properties", settings.protocol);
  // A session that was to end with its connection cannot outlive it after all (MQTT 5, section 3.14.2.2.2).
  if (properties?.sessionExpiryInterval && !settings.properties?.sessionExpiryInterval)
    throw new RangeError(
      "properties.sessionExpiryInterval must be 0, as it was when connecting, " +
        `not ${show(properties.sessionExpiryInterval)}`,
    );
  if (!CLIENT_DISCONNECTS.has(reasonCode))
    throw new RangeError(`reasonCode must be one that a client may give, not ${show(reasonCode)}`);
  const packet = encodeDisconnect(reasonCode, properties);
  if (packet.byteLength <= maximumPacketSize || properties === undefined) return packet;
  const { sessionExpiryInterval } = properties;
  return encodeDisconnect(reasonCode, sessionExpiryInterval === undefined ? {} : { sessionExpiryInterval });
}
