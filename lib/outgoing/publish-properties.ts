import { requireV5, type Settings } from "../options/settings.ts";
import { encodeProperties } from "../packets/properties.ts";
import type { PublishProperties } from "../protocol/property-types.ts";

/** Encodes the properties of a PUBLISH. Throws for properties that this client may not send. */
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

/** Allows aliases at QoS 0 only: a message sent again on a later connection would have an alias unknown there. */
function checkAlias(qos: 0 | 1 | 2, { topicAliases }: Settings): void {
  if (topicAliases !== "off")
    throw new TypeError(
      'properties.topicAlias needs the option topicAliases: "off"; else aliases are automatic',
    );
  if (qos !== 0) throw new TypeError(`properties.topicAlias is for QoS 0 only, not ${qos}`);
}
