import type {
  NativeLocalEndpoint,
  NativeProxy,
  NativeTarget,
  NativeTls,
  NativeUpgrade,
} from "../native/target.ts";
import { format, validateInteger } from "../util/check.ts";
import type { Ask } from "../util/per-attempt.ts";
import type { ConnectionOptions } from "./connection-options.ts";
import { provideDefaultCertificates } from "./default-certificates.ts";
import { bracketed, type HostHints, parseHost } from "./host.ts";
import { parseLocalEndpoint } from "./local-endpoint.ts";
import { nativeProxy, ProxySettings } from "./proxy.ts";
import type { Scheme, Transport } from "./schemes.ts";
import { parseTls, type TlsSettings } from "./tls.ts";
import { askForUpgrade, upgradeRequest, type WebServer } from "./upgrade.ts";
import { parseWebSocket, type WebSocketSettings } from "./websocket.ts";

/** The checked address of a broker and its transport, with all defaults. */
export interface ConnectTarget {
  /** The address for log lines and errors. */
  name: string;
  host: string;
  port: number;
  /** The path of a Unix socket. */
  path: string | undefined;
  local: NativeLocalEndpoint | undefined;
  proxy: NativeProxy | undefined;
  tls: TlsSettings | undefined;
  websocket: WebSocketSettings | undefined;
}

/** The host name of Unix sockets, for TLS and WebSocket. */
const LOCAL_HOST = "localhost";

const HINTS: HostHints = {
  port: "a port belongs in the argument port, or in a URL such as mqtt://host:port",
  slash: 'a path needs transport: "unix"',
  at: "a user name belongs in the option username, or in a URL such as mqtt://user@host",
};

/** Checks address and transport. Throws a `TypeError` or `RangeError` that names the invalid option. */
export function parseTarget(
  where: string,
  scheme: Scheme | undefined,
  options: ConnectionOptions,
): ConnectTarget {
  const transport = resolveTransport(options.transport, scheme);
  const layers = {
    local: parseLocalEndpoint(options),
    proxy: options.proxy === undefined ? undefined : nativeProxy(toProxySettings(options.proxy)),
    tls: parseTls(options, scheme?.tls ?? false),
    websocket: transport === "websockets" ? parseWebSocket(options) : undefined,
  };
  if (transport !== "websockets")
    refuse(options, ["websocketPath", "websocketHeaders"], 'needs transport "websockets", or ws: or wss:');
  if (transport === "unix") {
    refuse(options, ["port", "bindAddress", "bindPort", "proxy"], "is not for Unix sockets");
    return { name: where, host: LOCAL_HOST, port: 0, path: parseSocketPath(where), ...layers };
  }
  const { port = scheme?.port ?? 1883 } = options;
  const host = parseHost("hostname", where, HINTS);
  validateInteger("Option port", port, 1, 65_535);
  return { name: `${bracketed(host)}:${port}`, host, port, path: undefined, ...layers };
}

function resolveTransport(transport: Transport | undefined, scheme: Scheme | undefined): Transport {
  if (transport === undefined) return scheme?.transport ?? "tcp";
  if (transport !== "tcp" && transport !== "websockets" && transport !== "unix")
    throw new TypeError(`Option transport must be "tcp", "websockets" or "unix", not ${format(transport)}`);
  if (scheme !== undefined && scheme.transport !== transport)
    throw new TypeError(
      `Option transport must be ${format(scheme.transport)} with a URL of ${scheme.name}, not ${format(transport)}`,
    );
  return transport;
}

function toProxySettings(proxy: NonNullable<ConnectionOptions["proxy"]>): ProxySettings {
  return proxy instanceof ProxySettings ? proxy : new ProxySettings(proxy);
}

function refuse<T>(options: T, names: readonly (keyof T & string)[], why: string): void {
  for (const name of names) if (options[name] !== undefined) throw new TypeError(`Option ${name} ${why}`);
}

/** Returns a path in the file system, or NUL and an abstract name. */
function parseSocketPath(path: string): string {
  const isAbstract = /^[@\0]/.test(path);
  if (isAbstract ? path.length === 1 : path.includes("\0"))
    throw new TypeError(
      `hostname must be the path of a socket, or @ and an abstract name, not ${format(path)}`,
    );
  return isAbstract ? `\0${path.slice(1)}` : path;
}

/** Returns the broker's URL, without credentials and without a query, which may be a secret. */
export function toUrl({ name, path, tls, websocket }: ConnectTarget): string {
  if (path !== undefined) return `unix:${name}`;
  const scheme = `${websocket === undefined ? "mqtt" : "ws"}${tls === undefined ? "" : "s"}`;
  const resource = typeof websocket?.path === "string" ? websocket.path.replace(/\?.*/s, "") : "";
  return `${scheme}://${name}${resource}`;
}

/**
 * The same way to another host, for a broker that refers to it. Undefined if there is no such way, or no such host.
 * `port`: undefined is the port in use.
 */
export function redirectedTarget(
  target: ConnectTarget,
  host: string,
  port: number = target.port,
): ConnectTarget | undefined {
  if (target.path !== undefined) return undefined;
  try {
    const checked = parseHost("host", host, HINTS);
    return { ...target, name: `${bracketed(checked)}:${port}`, host: checked, port };
  } catch {
    return undefined;
  }
}

/** Converts the target for the addon, for one attempt. Undefined if functions of the program have a part in it. */
export function nativeTarget(target: ConnectTarget): NativeTarget | undefined {
  const { tls, websocket } = target;
  if (typeof tls === "function") return undefined;
  if (websocket === undefined) return withLayers(target, tls, undefined);
  const { path, headers } = websocket;
  if (typeof path === "function" || typeof headers === "function") return undefined;
  return withLayers(target, tls, upgradeRequest(path, headers, webServer(target)));
}

/** The same, from what the functions of the program return. */
export async function askForTarget(target: ConnectTarget, ask: Ask): Promise<NativeTarget> {
  const { tls, websocket } = target;
  const [chosenTls, upgrade] = await Promise.all([
    typeof tls === "function" ? ask("tlsContext", tls) : tls,
    websocket && askForUpgrade(websocket, webServer(target), ask),
  ]);
  return withLayers(target, chosenTls, upgrade);
}

function webServer({ host, port, tls }: ConnectTarget): WebServer {
  return { host, port, isSecure: tls !== undefined };
}

function withLayers(
  { host, port, path, local, proxy }: ConnectTarget,
  tls: NativeTls | undefined,
  websocket: NativeUpgrade | undefined,
): NativeTarget {
  if (tls !== undefined) provideDefaultCertificates(tls);
  return { host, port, path, local, proxy, tls, websocket };
}
