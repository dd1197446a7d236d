// The properties of MQTT 5 as MQTT.js has them: user properties are objects, and some names differ.

import type {
  AckProperties,
  ConnackProperties,
  MessageProperties,
  UserProperties as Pairs,
  ServerAuthProperties,
  ServerDisconnectProperties,
} from "../protocol/property-types.ts";
import type { IConnackPacket, IPublishPacket, UserProperties } from "./packets.ts";

/** Properties that a packet of MQTT.js has, whatever its type. */
type GivenProperties = Record<string, unknown>;

const FLAGS = new Set(["payloadFormatIndicator", "requestResponseInformation", "requestProblemInformation"]);

/** Converts the properties of a packet to send. Returns undefined if there are none. */
export function toSent<T>(properties: object | null | undefined): T | undefined {
  if (properties === undefined || properties === null) return undefined;
  const sent: GivenProperties = {};
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (name === "userProperties") sent[name] = toPairs(value);
    else if (FLAGS.has(name)) sent[name] = Boolean(value);
    else sent[name] = value;
  }
  return Object.keys(sent).length === 0 ? undefined : (sent as T);
}

function toPairs(properties: UserProperties): Pairs {
  return Object.entries(properties).flatMap(([name, value]) =>
    Array.isArray(value)
      ? value.map((each): [string, string] => [name, String(each)])
      : [[name, String(value)] as [string, string]],
  );
}

function toUserProperties(pairs: Pairs): UserProperties {
  const properties: UserProperties = {};
  for (const [name, value] of pairs) {
    const known = Object.hasOwn(properties, name) ? properties[name] : undefined;
    const next = known === undefined ? value : [...[known].flat(), value];
    // Defined, because an assignment to __proto__ would be something else.
    Object.defineProperty(properties, name, {
      value: next,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return properties;
}

type Received = AckProperties | ServerDisconnectProperties | ServerAuthProperties;

/** Converts received properties. Returns undefined if there are none. */
export function toReceived(
  properties: Received | undefined,
): { userProperties?: UserProperties } | undefined {
  if (properties === undefined) return undefined;
  const { userProperties, ...others } = properties;
  const received: { userProperties?: UserProperties; reasonString?: string | undefined } = others;
  if (userProperties !== undefined) received.userProperties = toUserProperties(userProperties);
  return Object.keys(received).length === 0 ? undefined : received;
}

/** Converts the properties of a CONNACK. */
export function toConnackProperties(
  properties: ConnackProperties | undefined,
): IConnackPacket["properties"] | undefined {
  if (properties === undefined) return undefined;
  const { subscriptionIdentifierAvailable, ...others } = properties;
  const received: NonNullable<IConnackPacket["properties"]> = toReceived(others) ?? {};
  if (subscriptionIdentifierAvailable !== undefined)
    received.subscriptionIdentifiersAvailable = subscriptionIdentifierAvailable;
  return Object.keys(received).length === 0 ? undefined : received;
}

/** Converts the properties of a message. */
export function toMessageProperties(
  properties: MessageProperties,
): NonNullable<IPublishPacket["properties"]> {
  const { subscriptionIdentifiers, ...others } = properties;
  const received: NonNullable<IPublishPacket["properties"]> = toReceived(others) ?? {};
  const [first, ...more] = subscriptionIdentifiers ?? [];
  if (first !== undefined) received.subscriptionIdentifier = more.length === 0 ? first : [first, ...more];
  return received;
}
