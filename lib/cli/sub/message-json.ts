import type { Message, MessageProperties } from "mqtt-native";
import { type JsonTree, parseJsonTree, printJsonTree } from "./json-tree.ts";
import { type Moment, strftime } from "./strftime.ts";

const text = (value: string): string => JSON.stringify(value);

/** Returns a moment as ISO 8601 with microseconds, in the time zone of the process. */
function formatMoment({ date, nanoseconds }: Moment): string {
  const microseconds = String(Math.floor(nanoseconds / 1000)).padStart(6, "0");
  return `${strftime("%Y-%m-%dT%H:%M:%S", date)}.${microseconds}${strftime("%z", date)}`;
}

/** Formats `%j`, whose payload is a string, or `%J`, whose payload is JSON. The latter throws a `SyntaxError`. */
export function formatMessageJson(
  message: Message,
  moment: Moment,
  isJson: boolean,
  isPretty: boolean,
): string {
  const { topic, qos, retain, payload, mid, properties } = message;
  const members: [string, JsonTree][] = [
    ["tst", text(formatMoment(moment))],
    ["topic", text(topic.value)],
    ["qos", String(qos)],
    ["retain", String(Number(retain))],
    ["payloadlen", String(payload.length)],
    ...(qos > 0 ? [["mid", String(mid)] satisfies [string, string]] : []),
    ...(properties ? [["properties", toTree(properties)] satisfies [string, JsonTree]] : []),
    ["payload", payload.length === 0 ? "null" : isJson ? parsePayload(message) : text(message.text())],
  ];
  return printJsonTree({ members }, isPretty);
}

const parsePayload = (message: Message): JsonTree => parseJsonTree(message.text().replace(/^\ufeff/, ""));

type Name = keyof MessageProperties;
const NAMES: Readonly<Record<Name, string>> = {
  payloadFormatIndicator: "payload-format-indicator",
  messageExpiryInterval: "message-expiry-interval",
  contentType: "content-type",
  responseTopic: "response-topic",
  correlationData: "correlation-data",
  subscriptionIdentifiers: "subscription-identifier",
  userProperties: "user-properties",
};

function toTree(properties: MessageProperties): JsonTree {
  const members = Object.entries(properties).flatMap(([key, value]): [string, JsonTree][] => {
    const name = NAMES[key as Name];
    if (key === "subscriptionIdentifiers") return (value as number[]).map((each) => [name, String(each)]);
    if (key !== "userProperties") return [[name, toLeaf(value)]];
    const pairs = (value as [string, string][]).map(([each, other]): [string, string] => [each, text(other)]);
    return [[name, { members: pairs }]];
  });
  return { members };
}

function toLeaf(value: unknown): string {
  if (typeof value === "boolean") return String(Number(value));
  return value instanceof Uint8Array ? text(Buffer.from(value).toString()) : JSON.stringify(value);
}

/** Formats the object of `--json`. */
export function formatJsonLine(message: Message, { date, nanoseconds }: Moment): string {
  const { topic, qos, retain, payload, mid, properties } = message;
  return JSON.stringify({
    topic: topic.value,
    ...{ qos, retain },
    ...toText("payload", payload),
    time: new Date(date.getTime() + Math.floor(nanoseconds / 1e6)).toISOString(),
    ...(qos > 0 ? { mid } : {}),
    ...(properties ? { properties: toPlain(properties) } : {}),
  });
}

function toPlain({ correlationData, ...others }: MessageProperties): object {
  return { ...others, ...(correlationData ? toText("correlationData", correlationData) : {}) };
}

const STRICT = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Returns bytes as text, or in Base64 under another name if they are not UTF-8. */
function toText(name: string, bytes: Uint8Array): Record<string, string> {
  try {
    return { [name]: STRICT.decode(bytes) };
  } catch {
    return { [`${name}Base64`]: Buffer.from(bytes).toString("base64") };
  }
}
