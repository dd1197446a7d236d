import { UsageError } from "../frame/usage-error.ts";
import { wholeNumber } from "./numbers.ts";

/** The packets whose properties `-D` can set. */
export type Packet = "connect" | "publish" | "subscribe" | "unsubscribe" | "disconnect" | "will";

type Value = boolean | number | string | [string, string][];
export type PacketProperties = Record<string, Value>;
export type Properties = { [packet in Packet]?: PacketProperties };

interface Kind {
  /** The name of the client's property. */
  key: string;
  packets: readonly Packet[];
  type: "flag" | "text" | "pair" | readonly [least: number, most: number];
}

const UINT16 = 65_535;
const UINT32 = 4_294_967_295;
const PACKETS: readonly Packet[] = ["connect", "publish", "subscribe", "unsubscribe", "disconnect", "will"];

const kind = (key: string, packets: readonly Packet[], type: Kind["type"]): Kind => ({ key, packets, type });
const MESSAGE: readonly Packet[] = ["publish", "will"];

/** The properties by their names in mosquitto's clients (MQTT 5, table 2-4). */
const KINDS: Readonly<Record<string, Kind>> = {
  "payload-format-indicator": kind("payloadFormatIndicator", MESSAGE, "flag"),
  "message-expiry-interval": kind("messageExpiryInterval", MESSAGE, [0, UINT32]),
  "content-type": kind("contentType", MESSAGE, "text"),
  "response-topic": kind("responseTopic", MESSAGE, "text"),
  "correlation-data": kind("correlationData", MESSAGE, "text"),
  "will-delay-interval": kind("willDelayInterval", ["will"], [0, UINT32]),
  "topic-alias": kind("topicAlias", ["publish"], [1, UINT16]),
  "subscription-identifier": kind("subscriptionIdentifier", ["subscribe"], [1, 268_435_455]),
  "session-expiry-interval": kind("sessionExpiryInterval", ["connect", "disconnect"], [0, UINT32]),
  "authentication-method": kind("authenticationMethod", ["connect"], "text"),
  "authentication-data": kind("authenticationData", ["connect"], "text"),
  "request-problem-information": kind("requestProblemInformation", ["connect"], "flag"),
  "request-response-information": kind("requestResponseInformation", ["connect"], "flag"),
  "receive-maximum": kind("receiveMaximum", ["connect"], [1, UINT16]),
  "topic-alias-maximum": kind("topicAliasMaximum", ["connect"], [0, UINT16]),
  "maximum-packet-size": kind("maximumPacketSize", ["connect"], [1, UINT32]),
  "reason-string": kind("reasonString", ["disconnect"], "text"),
  "user-property": kind("userProperties", PACKETS, "pair"),
};

/** The names of packets and properties, for completion. */
export const PROPERTY_WORDS: readonly string[] = [...PACKETS, ...Object.keys(KINDS)];

/** Returns the number of values that `-D` has: a user property has a name and a value. */
export const propertyArity = (words: readonly string[]): number =>
  words[1]?.toLowerCase() === "user-property" ? 4 : 3;

/** Applies the values of `-D`: packet, property, and one value or two. */
export function applyProperty(properties: Properties, values: readonly string[], flag: string): void {
  const [packetText = "", nameText = "", text = "", second = ""] = values;
  const name = nameText.toLowerCase();
  const packet = PACKETS.find((each) => each === packetText.toLowerCase());
  if (packet === undefined) {
    throw new UsageError(`${flag} must name a packet first: ${PACKETS.join(", ")}; not '${packetText}'.`);
  }
  const allowed = Object.keys(KINDS).filter((each) => KINDS[each]?.packets.includes(packet));
  const property = KINDS[name];
  if (property === undefined || !allowed.includes(name)) {
    throw new UsageError(`${flag} ${packet} cannot have '${name}': it can have ${allowed.join(", ")}.`);
  }
  const own: PacketProperties = properties[packet] ?? {};
  properties[packet] = own;
  if (property.type === "pair") {
    const before = own[property.key];
    own[property.key] = [...(Array.isArray(before) ? before : []), [text, second]];
    return;
  }
  if (Object.hasOwn(own, property.key)) throw new UsageError(`${flag} ${packet} ${name} was given twice.`);
  own[property.key] = parseValue(property.type, text, `${flag} ${packet} ${name}`);
}

function parseValue(type: Exclude<Kind["type"], "pair">, text: string, name: string): Value {
  if (type === "text") return text;
  if (type === "flag") return wholeNumber(name, text, 0, 1) === 1;
  return wholeNumber(name, text, type[0], type[1]);
}
