import { describeType, format } from "../util/check.ts";

/** Headers by name. */
export type HeaderRecord = Readonly<Record<string, string>>;

/** Headers, or a function that receives the default headers and returns all headers to send, or a promise of them. */
export type WebSocketHeaders =
  | HeaderRecord
  | ((defaults: Record<string, string>) => HeaderRecord | Promise<HeaderRecord>);

/** The characters of a token (RFC 9110, section 5.6.2). */
const TOKEN = /^[!#$%&'*+.^_`|~\dA-Za-z-]+$/;
/** Visible characters, spaces and tabs, in Latin-1 (RFC 9110, section 5.5). */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Throws unless `headers` can be sent. Messages do not show values, which may be secrets. */
export function validateHeaders(what: string, headers: unknown): asserts headers is HeaderRecord {
  // Map, Headers and Promise have no members for their entries, so accepting them would ignore the headers.
  if (typeof headers !== "object" || headers === null || Symbol.iterator in headers || "then" in headers)
    throw new TypeError(
      `${what} must be a plain object of strings, not ${headers?.constructor?.name ?? describeType(headers)}`,
    );
  const names = new Set<string>();
  for (const [name, value] of Object.entries(headers)) {
    if (!TOKEN.test(name)) throw new TypeError(`${what} must not have the name ${format(name)}`);
    if (names.has(name.toLowerCase())) throw new TypeError(`${what} must not have ${name} twice`);
    names.add(name.toLowerCase());
    if (typeof value !== "string")
      throw new TypeError(`${what}: ${name} must be a string, not ${describeType(value)}`);
    if (!VALUE.test(value))
      throw new TypeError(`${what}: ${name} must have no control characters and nothing beyond Latin-1`);
  }
}

/** The headers that WebSocket (RFC 6455, section 4.1) and MQTT over it ([MQTT-6.0.0-3]) require. */
const REQUIRED_HEADERS: readonly (readonly [name: string, demand: string, isMet: RegExp])[] = [
  ["Host", "with a value", /./],
  ["Upgrade", 'that is "websocket"', /^websocket$/i],
  ["Connection", 'that lists "Upgrade"', /(^|,)[ \t]*upgrade[ \t]*(,|$)/i],
  ["Sec-WebSocket-Key", "that is base64 of 16 bytes", /^[A-Za-z\d+/]{21}[AQgw]==$/],
  ["Sec-WebSocket-Version", 'that is "13"', /^13$/],
  ["Sec-WebSocket-Protocol", 'such as "mqtt"', /./],
];

/** Throws when a required header is invalid; with `all`, also when one is missing. */
export function checkDemands(what: string, headers: HeaderRecord, all = false): void {
  for (const [name, demand, isMet] of REQUIRED_HEADERS) {
    const value = findHeader(headers, name);
    if (value === undefined ? all : !isMet.test(value))
      throw new TypeError(`${what} must have a header ${name} ${demand}`);
  }
  if (findHeader(headers, "Sec-WebSocket-Extensions") !== undefined)
    throw new TypeError(`${what} must not have a header Sec-WebSocket-Extensions: there are none`);
}

/** Returns the value of a header. Names are compared without case. */
export function findHeader(headers: HeaderRecord, name: string): string | undefined {
  const lowerCase = name.toLowerCase();
  return Object.entries(headers).find(([each]) => each.toLowerCase() === lowerCase)?.[1];
}

/** Returns the default headers, replaced by own ones of the same name, and all other own ones. */
export function mergeHeaders(defaults: HeaderRecord, own: HeaderRecord): HeaderRecord {
  const kept = Object.entries(defaults).filter(([name]) => findHeader(own, name) === undefined);
  return { ...Object.fromEntries(kept), ...own };
}
