import { show } from "./check.ts";
import type { AnyOptions, ClientOptions } from "./client-options.ts";
import type { Place } from "./options.ts";

/** The ways to say where the broker is, and the options. */
export type ClientArguments =
  | [hostname: string, port?: number, options?: ClientOptions]
  | [hostname: string, options?: ClientOptions]
  | [url: string | URL, options?: ClientOptions];

const SUPPORTED_SCHEMES = new Set(["mqtt:", "tcp:"]);
const NOT_YET_SCHEMES = new Set(["mqtts:", "ssl:", "ws:", "wss:", "unix:"]);

/** Sorts out a client's arguments. Throws a `TypeError` for what cannot be meant. */
export function placeOf(args: ClientArguments): Place {
  const [where, second, third] = args;
  const isPort = typeof second === "number";
  const options = validateOptions(isPort ? third : (second ?? third));
  if (where instanceof URL) return fromUrl(where, options);
  if (typeof where !== "string" || where === "")
    throw new TypeError(`hostname must be a host name, an address or a URL, not ${show(where)}`);
  if (where.includes("://")) {
    if (isPort)
      throw new TypeError("A URL and a port argument exclude each other: the port belongs into the URL");
    return fromUrl(parseUrl(where), options);
  }
  return { host: where, options: isPort ? { ...options, port: second } : options };
}

function validateOptions(options: unknown): AnyOptions {
  if (options === undefined) return {};
  if (typeof options !== "object" || options === null)
    throw new TypeError(`options must be an object, not ${show(options)}`);
  return options;
}

function parseUrl(text: string): URL {
  try {
    return new URL(text);
  } catch {
    throw new TypeError(
      `hostname must be a host name, an address or a URL, not ${show(withoutPassword(text))}`,
    );
  }
}

/** Options win over what the URL says. */
function fromUrl(url: URL, options: AnyOptions): Place {
  if (NOT_YET_SCHEMES.has(url.protocol))
    throw new TypeError(`URL scheme ${url.protocol} is not supported yet`);
  if (!SUPPORTED_SCHEMES.has(url.protocol))
    throw new TypeError(`URL scheme must be mqtt: or tcp:, not ${show(url.protocol)}`);
  if (url.hostname === "") throw new TypeError("The URL names no host");
  const given: AnyOptions = {};
  if (url.port !== "") given.port = Number(url.port);
  if (url.username !== "") given.username = percentDecoded(url.username);
  if (url.password !== "") given.password = percentDecoded(url.password);
  // Node keeps the brackets of an IPv6 address.
  return { host: url.hostname.replace(/^\[(.*)\]$/, "$1"), options: { ...given, ...definedOnly(options) } };
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new TypeError("The credentials in the URL are not percent-encoded UTF-8");
  }
}

function definedOnly(options: AnyOptions): AnyOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function withoutPassword(url: string): string {
  return url.replace(/\/\/.*@/, "//…@");
}
