import type { Message } from "mqtt-native";
import type { Field } from "./format.ts";
import { formatMessageJson } from "./message-json.ts";
import { type Moment, strftime } from "./strftime.ts";

/** A part of the output: text, or bytes of a payload. */
export type Chunk = string | Uint8Array;

/** The source of a field. */
interface Source {
  readonly message: Message;
  readonly moment: Moment;
  readonly isPretty: boolean;
}

/** Formats a number. Without a width the padding does not count. */
function formatNumber(value: number | undefined, { width, isLeft, pad }: Field): string {
  if (value === undefined) return pad.repeat(width);
  const text = String(value);
  return isLeft ? text.padEnd(width) : text.padStart(width, pad);
}

/** Formats a string, as `%s` of printf(3) does: width and precision count bytes. */
function formatText(value: string, { width, isLeft, precision }: Field): Chunk {
  if (width === 0 && precision === undefined) return value;
  const bytes = Buffer.from(value).subarray(0, precision);
  const padding = Buffer.alloc(Math.max(0, width - bytes.length), " ");
  return Buffer.concat(isLeft ? [bytes, padding] : [padding, bytes]);
}

/** Formats a payload. A width limits it, too. */
function formatPayload(payload: Uint8Array, { width, isLeft, pad }: Field): Chunk {
  if (width === 0) return payload;
  const bytes = payload.subarray(0, width);
  const padding = Buffer.alloc(width - bytes.length, pad);
  return Buffer.concat(isLeft ? [bytes, padding] : [padding, bytes]);
}

/** Formats a payload in hexadecimal. A width limits it to whole bytes. */
function formatHex(payload: Uint8Array, field: Field): string {
  const { width, isLeft, pad } = field;
  const bytes = width === 0 ? payload : payload.subarray(0, Math.floor(width / 2));
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
  const hex = field.conversion === "X" ? text.toUpperCase() : text;
  return isLeft ? hex.padEnd(width) : hex.padStart(width, pad);
}

type Formatter = (source: Source, field: Field) => Chunk;

const JSON_FIELD: Formatter = ({ message, moment, isPretty }, { conversion }) =>
  formatMessageJson(message, moment, conversion === "J", isPretty);

const FORMATTERS: Readonly<Record<string, Formatter>> = {
  // The client resolves topic aliases itself.
  A: (_, field) => formatNumber(undefined, field),
  C: ({ message }, field) => formatText(message.properties?.contentType ?? "", { ...field, pad: " " }),
  D: ({ message }) => message.properties?.correlationData ?? "",
  E: ({ message }, field) => formatNumber(message.properties?.messageExpiryInterval, field),
  F: ({ message: { properties } }, field) =>
    formatNumber(
      properties?.payloadFormatIndicator === undefined
        ? undefined
        : Number(properties.payloadFormatIndicator),
      field,
    ),
  I: ({ moment }, field) => formatText(strftime("%FT%T%z", moment.date), field),
  j: JSON_FIELD,
  J: JSON_FIELD,
  l: ({ message }, field) => formatNumber(message.payload.length, field),
  m: ({ message }, field) => formatNumber(message.mid, field),
  p: ({ message }, field) => formatPayload(message.payload, field),
  P: ({ message }) => (message.properties?.userProperties ?? []).map((pair) => pair.join(":")).join(" "),
  q: ({ message }) => String(message.qos),
  r: ({ message }) => String(Number(message.retain)),
  R: ({ message }, field) =>
    message.properties?.responseTopic === undefined
      ? ""
      : formatText(message.properties.responseTopic, field),
  S: ({ message }, field) => formatNumber(message.properties?.subscriptionIdentifiers?.[0], field),
  t: ({ message }, field) => formatText(message.topic.value, field),
  U: ({ moment }) => `${strftime("%s", moment.date)}.${formatNanoseconds(moment)}`,
  x: ({ message }, field) => formatHex(message.payload, field),
  X: ({ message }, field) => formatHex(message.payload, field),
};

export const formatNanoseconds = ({ nanoseconds }: Moment): string => String(nanoseconds).padStart(9, "0");

/** Formats a field of a message. `%J` throws a `SyntaxError` if the payload is not JSON. */
export function formatField(field: Field, source: Source): Chunk {
  return FORMATTERS[field.conversion]?.(source, field) ?? "";
}
