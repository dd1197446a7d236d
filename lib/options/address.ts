import { parseScheme, type Scheme, type Transport } from "../transport/schemes.ts";
import { format, isURL, validateMembers } from "../util/check.ts";
import { definedOnly } from "../util/defined.ts";
import { CLIENT_OPTIONS, type ClientOptions } from "./client-options.ts";
import { clientCounterparts } from "./other-clients.ts";
import type { BrokerAddress } from "./settings.ts";

/**
 * The arguments of the constructor: the broker's address, and options.
 *
 * URLs: `mqtt:` and `tcp:` (default port 1883), `mqtts:`, `ssl:` and `tls:` (TLS, 8883), `ws:` (WebSocket, 80),
 * `wss:` (WebSocket over TLS, 443). `unix:` and `mqtt+unix:` have the path of a socket: `unix:/run/broker.sock`, or
 * `unix:@name` for an abstract one. URLs may have a user name and a password. These, the host and the path of a
 * socket are percent-encoded. Without a URL the default port is always 1883, as in aiomqtt.
 *
 * A host name beyond ASCII is converted with IDNA, as Node does it.
 *
 * The path of a `ws:` or `wss:` URL is that of the upgrade request. A URL without a path means `/mqtt`. The string
 * `ws://host/` means the path `/`. The object `new URL("ws://host/")` means `/mqtt`, because it equals that of
 * `ws://host`.
 *
 * An array has the addresses of several brokers. The client tries them in turn.
 */
export type ClientArguments =
  | [hostname: string, port?: number | undefined, options?: ClientOptions | undefined]
  | [hostname: string, options?: ClientOptions | undefined]
  | [url: string | URL, options?: ClientOptions | undefined]
  | [addresses: readonly (string | URL)[], options?: ClientOptions | undefined];

/** Matches the beginning of a URL: `name://`, or `unix:`, which needs no slashes. */
const BEGINS_URL = /^\s*(?:[a-z][a-z0-9+.-]*:\/\/|unix:)/i;

/** Parses the constructor's arguments. Throws a `TypeError` for invalid ones. */
export function parseClientArguments(args: ClientArguments): [BrokerAddress, ...BrokerAddress[]] {
  const [where, second] = args;
  if (!Array.isArray(where)) return [parseAddress(args as SingleAddress)];
  if (typeof second === "number")
    throw new TypeError("A port argument and several addresses exclude each other: use the option port");
  const options = validateOptions(second);
  const addresses = (where as readonly (string | URL)[]).map((address, index) => {
    if (typeof address === "string" || isURL(address)) return address;
    throw new TypeError(
      `addresses[${index}] must be a host name, an address or a URL, not ${format(address)}`,
    );
  });
  const transports = new Set(addresses.map((address) => findTransport(address, options)));
  const [first, ...others] = addresses.map((address) => oneOfSeveral(address, options, transports));
  if (first === undefined) throw new RangeError("addresses must name at least one broker, not []");
  return [first, ...others];
}

type SingleAddress = Exclude<ClientArguments, [addresses: readonly (string | URL)[], ...unknown[]]>;

/** Options that only some transports have. */
const OPTIONS_OF_WEBSOCKETS = ["websocketPath", "websocketHeaders"] as const;
const OPTIONS_OF_IP = ["port", "bindAddress", "bindPort", "proxy"] as const;

function findTransport(address: string | URL, { transport }: ClientOptions): Transport {
  return transport ?? parseAddress([address, {}]).scheme?.transport ?? "tcp";
}

/**
 * The options are those of all addresses, except for options of a transport that another address has. An address with a
 * port of its own keeps it. `transports`: those of all addresses.
 */
function oneOfSeveral(
  address: string | URL,
  options: ClientOptions,
  transports: ReadonlySet<Transport>,
): BrokerAddress {
  const transport = findTransport(address, options);
  const unfitting = [
    ...(transport !== "websockets" && transports.has("websockets") ? OPTIONS_OF_WEBSOCKETS : []),
    ...(transport === "unix" && transports.size > 1 ? OPTIONS_OF_IP : []),
    ...(parseAddress([address, {}]).options.port === undefined ? [] : (["port"] as const)),
  ];
  return parseAddress([address, without(options, unfitting)]);
}

function without(options: ClientOptions, names: readonly (keyof ClientOptions)[]): ClientOptions {
  const entries = Object.entries(options).filter(([name]) => !names.includes(name as keyof ClientOptions));
  return Object.fromEntries(entries) as ClientOptions;
}

function parseAddress(args: SingleAddress): BrokerAddress {
  const [where, second, third] = args;
  const isPort = typeof second === "number";
  // A second argument that cannot be options is an invalid port, such as the string of an environment variable.
  if (!isPort && second !== undefined && (third !== undefined || typeof second !== "object"))
    throw new TypeError(`port must be a number, not ${format(second)}`);
  const options = validateOptions(isPort || second === undefined ? third : second);
  if (isPort && options.port !== undefined)
    throw new TypeError("The port is given twice: by itself and in the options");
  if (isURL(where)) return fromUrl(new URL(where.href), undefined, options);
  if (typeof where !== "string" || where === "")
    throw new TypeError(`hostname must be a host name, an address or a URL, not ${format(where)}`);
  if (BEGINS_URL.test(where)) {
    if (isPort)
      throw new TypeError("A URL and a port argument exclude each other: the port belongs in the URL");
    return fromUrl(parseUrl(where), where.trim(), options);
  }
  return { host: where, scheme: undefined, options: isPort ? { ...options, port: second } : options };
}

function validateOptions(options: unknown): ClientOptions {
  if (options === undefined) return {};
  validateMembers("options", options, CLIENT_OPTIONS, clientCounterparts);
  return options;
}

function parseUrl(text: string): URL {
  try {
    return new URL(text);
  } catch {
    throw new TypeError(
      `hostname must be a host name, an address or a URL, not ${format(withoutPassword(text))}`,
    );
  }
}

/** Merges a URL and options; options take precedence. `text`: the URL as the program wrote it, if it was a string. */
function fromUrl(url: URL, text: string | undefined, options: ClientOptions): BrokerAddress {
  const scheme = parseScheme(url.protocol);
  if (url.hash !== "")
    throw new TypeError("The URL must not have a fragment: a # in it has to be written as %23");
  if (scheme.transport === "unix") return { host: parseSocketPath(url, scheme), scheme, options };
  if (url.hostname === "") throw new TypeError("The URL names no host");
  const given: ClientOptions = {};
  if (url.port !== "") given.port = Number(url.port);
  if (url.username !== "") given.username = percentDecoded("credentials", url.username);
  if (url.password !== "") given.password = percentDecoded("credentials", url.password);
  const path = parsePath(url, text);
  if (scheme.transport === "websockets") {
    if (path !== "") given.websocketPath = path;
  } else if (path !== "" && path !== "/") {
    throw new TypeError(`A URL with ${scheme.name} must have neither path nor query`);
  }
  return {
    host: toHostname(url),
    scheme,
    options: { ...given, ...definedOnly(options) },
  };
}

/** Returns the host. Node keeps the brackets of IPv6 addresses, and in MQTT's schemes the percent-encoding. */
function toHostname({ hostname }: URL): string {
  const [, address] = /^\[(.*)\]$/.exec(hostname) ?? [];
  return address ?? percentDecoded(`host ${format(hostname)}`, hostname);
}

/** Returns path and query; empty when the URL has neither. */
function parsePath(url: URL, text: string | undefined): string {
  const path = url.pathname + url.search;
  const hasNone = text === undefined ? path === "/" : !/^[^:]+:\/\/[^/?\\]*[/?\\]/.test(text);
  return hasNone ? "" : path;
}

/** Returns the socket of `unix:/path`, `unix:///path`, `unix:relative/path` or `unix:@abstract`. */
function parseSocketPath(url: URL, { name }: Scheme): string {
  const { host, search, pathname } = url;
  if (host !== "" || search !== "")
    throw new TypeError(`A URL with ${name} must have a path and nothing else, not ${format(url.href)}`);
  if (pathname === "" || pathname === "/") throw new TypeError("The URL names no socket");
  return percentDecoded("path", pathname);
}

/** Decodes a percent-encoded part of the URL. The error does not show the text, which may be a password. */
function percentDecoded(what: string, text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new TypeError(`The ${what} in the URL must be percent-encoded UTF-8`);
  }
}

function withoutPassword(url: string): string {
  return url.replace(/\/\/.*@/, "//…@");
}
