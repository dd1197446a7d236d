import { UsageError } from "../frame/usage-error.ts";
import { wholeNumber } from "./numbers.ts";
import type { ConnectionSettings, ProxyAddress } from "./settings.ts";

interface Parts {
  scheme: string;
  username: string | undefined;
  password: string | undefined;
  host: string;
  port: string | undefined;
  /** The text behind the first slash; undefined without one. */
  path: string | undefined;
}

/**
 * Parses `scheme://[username[:password]@]host[:port][/path]`. `URL` cannot: it takes `#` and `?` of a topic filter for
 * its own. All parts are percent-decoded.
 */
function parseUrl(text: string): Parts | undefined {
  const match =
    /^([a-z][a-z0-9+.-]*):\/\/(?:([^/@]*)@)?(\[[^\]/]*\]|[^/:]*)(?::([^/]*))?(?:\/([\s\S]*))?$/i.exec(text);
  if (match === null) return undefined;
  const [, scheme = "", user, host = "", port, path] = match;
  const [, username, password] = /^([^:]*)(?::([\s\S]*))?$/.exec(user ?? "") ?? [];
  return {
    scheme: scheme.toLowerCase(),
    username: user === undefined ? undefined : decode(username),
    password: decode(password),
    host: decode(host.replace(/^\[(.*)\]$/, "$1")) ?? "",
    port,
    path: decode(path),
  };
}

/** Decodes percent-encoded bytes. A percent sign that begins none stays. */
function decode(text: string | undefined): string | undefined {
  return text?.replaceAll(/(?:%[0-9a-f]{2})+/gi, (bytes) =>
    Buffer.from(bytes.replaceAll("%", ""), "hex").toString("utf8"),
  );
}

interface Scheme {
  transport: ConnectionSettings["transport"];
  port: number;
  isSecure: boolean;
}

const SCHEMES: Readonly<Record<string, Scheme>> = {
  mqtt: { transport: "tcp", port: 1883, isSecure: false },
  mqtts: { transport: "tcp", port: 8883, isSecure: true },
  ws: { transport: "websockets", port: 80, isSecure: false },
  wss: { transport: "websockets", port: 443, isSecure: true },
};

/** Applies the URL of a broker and, behind its first slash, a topic. */
export function applyUrl(settings: ConnectionSettings, text: string, name: string): void {
  const parts = parseUrl(text);
  const scheme = SCHEMES[parts?.scheme ?? ""];
  if (parts === undefined || scheme === undefined || parts.host === "") {
    const known = Object.keys(SCHEMES).map((each) => `${each}://`);
    throw new UsageError(
      `${name} must be [username[:password]@]host[:port]/topic behind ${known.join(", ")}.`,
    );
  }
  settings.transport = scheme.transport;
  settings.host = parts.host;
  settings.port = parts.port === undefined ? scheme.port : parsePort(name, parts.port);
  if (scheme.isSecure) settings.tls.systemCertificates = true;
  if (parts.username !== undefined) settings.username = parts.username;
  if (parts.password !== undefined) settings.password = parts.password;
  if (parts.path !== undefined && parts.path !== "") settings.onUrlTopic(parts.path);
}

/** Proxies by scheme. The letter h and 4a mean that the proxy looks up the broker's name, as in curl. */
const PROXIES: Readonly<Record<string, Pick<ProxyAddress, "proxyType" | "proxyRdns">>> = {
  socks5h: { proxyType: "socks5", proxyRdns: true },
  socks5: { proxyType: "socks5", proxyRdns: false },
  socks4a: { proxyType: "socks4", proxyRdns: true },
  socks4: { proxyType: "socks4", proxyRdns: false },
  http: { proxyType: "http", proxyRdns: true },
};

/** Returns the proxy of a URL. */
export function parseProxy(text: string, name: string): ProxyAddress {
  const parts = parseUrl(text);
  const kind = PROXIES[parts?.scheme ?? ""];
  if (parts === undefined || kind === undefined || parts.host === "") {
    const known = Object.keys(PROXIES).map((each) => `${each}://`);
    throw new UsageError(`${name} must be [username[:password]@]host[:port] behind ${known.join(", ")}.`);
  }
  const { username, password, port } = parts;
  return {
    ...kind,
    proxyAddr: parts.host,
    ...(port === undefined ? {} : { proxyPort: parsePort(name, port) }),
    ...(username === undefined ? {} : { proxyUsername: username }),
    ...(password === undefined ? {} : { proxyPassword: password }),
  };
}

const parsePort = (name: string, text: string): number => wholeNumber(`The port of ${name}`, text, 1, 65_535);
