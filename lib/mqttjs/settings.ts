// MQTT.js's options as the settings of a connection.

import { parseClientArguments } from "../options/address.ts";
import type { AuthenticationOptions } from "../options/authentication.ts";
import type { ClientOptions } from "../options/client-options.ts";
import { parseSettings, type Settings } from "../options/settings.ts";
import type { ConnectProperties, WillProperties } from "../protocol/property-types.ts";
import type { ProtocolVersion } from "../protocol/protocol-version.ts";
import type { ProxySettingsOptions } from "../transport/proxy.ts";
import { TLS_CONTEXT, type TLSContextOptions } from "../transport/tls-context.ts";
import { toSent } from "./properties.ts";
import type { IClientOptions } from "./types.ts";
import { UnsupportedOptionError } from "./unsupported.ts";

const DEFAULT_PORTS: Readonly<Record<string, number>> = { mqtt: 1883, tcp: 1883, ws: 80, wss: 443 };
const DEFAULT_TLS_PORT = 8883;
const SECURE: readonly (string | undefined)[] = ["mqtts", "ssl", "tls", "wss"];

/** The parts of a client that take part in an attempt to connect. */
export interface SettingsHost {
  readonly options: IClientOptions;
  /** The path of the WebSocket request, after `transformWsUrl`. */
  transformUrl(url: string): string;
  answerChallenge: AuthenticationOptions["onChallenge"];
}

/**
 * Returns the settings of the next attempt. The program may have changed its options since the last one.
 * @throws {TypeError | RangeError | Error} for options that cannot be used
 */
export function toSettings(host: SettingsHost): Settings {
  const { options } = host;
  const settings = parseSettings(parseClientArguments([toAddress(options), toClientOptions(host)]));
  return {
    ...settings,
    // The client makes its connections, and outgoing calls outlive them.
    reconnect: { minDelay: 0, maxDelay: 0, resetAfter: 0, maxAttempts: 1, retry: undefined },
    whileDisconnected: "wait",
    // JavaScript acknowledges messages after their listeners.
    acknowledge: "manual",
    endsSession: false,
    toleratesSessionPresent: true,
    repeatsQos2: true,
    reportsReleases: true,
  };
}

function toAddress({ unixSocket, path, host, hostname }: IClientOptions): string {
  if (unixSocket) return path ?? "";
  return hostname || host || "localhost";
}

function toClientOptions(host: SettingsHost): ClientOptions {
  const { options } = host;
  const { protocolVersion = 4, username, password, clean = true, clientId, keepalive = 60 } = options;
  const isV5 = protocolVersion === 5;
  const properties = isV5 ? toConnectProperties(options) : undefined;
  const method = isV5 ? options.properties?.authenticationMethod : undefined;
  return {
    ...toTransport(host),
    protocol: toProtocol(options),
    keepalive: Number(keepalive),
    maxInflightMessages: Number.POSITIVE_INFINITY,
    username: username ?? (password === undefined || isV5 ? undefined : ""),
    password: password ?? undefined,
    identifier: clientId,
    ...(isV5 ? { cleanStart: clean } : { cleanSession: clean }),
    ...(isV5 ? { properties, topicAliases: "off" } : {}),
    ...(method === undefined ? {} : { authentication: toAuthentication(host, method) }),
    will: toWill(options),
  };
}

function toProtocol({ protocolVersion = 4, protocolId }: IClientOptions): ProtocolVersion {
  const name = protocolVersion === 3 ? "MQIsdp" : "MQTT";
  if (protocolId !== undefined && protocolId !== name && protocolVersion === 3)
    throw new Error(`Option protocolId must be ${name} with protocolVersion ${protocolVersion}`);
  return protocolVersion as ProtocolVersion;
}

function toConnectProperties({ properties }: IClientOptions): ConnectProperties | undefined {
  const sent = toSent<ConnectProperties>(properties);
  if (sent === undefined) return undefined;
  const { authenticationMethod: _method, authenticationData: _data, ...others } = sent;
  return others;
}

function toAuthentication({ options, answerChallenge }: SettingsHost, method: string): AuthenticationOptions {
  const data = options.properties?.authenticationData;
  return { method, ...(data === undefined ? {} : { data }), onChallenge: answerChallenge };
}

function toWill({ will, protocolVersion }: IClientOptions): ClientOptions["will"] {
  if (!will) return undefined;
  const { topic, payload, qos = 0, retain = false } = will;
  const properties = protocolVersion === 5 ? toSent<WillProperties>(will.properties) : undefined;
  return { topic, payload, qos, retain: Boolean(retain), properties };
}

/** Returns the port of a protocol. */
export function defaultPort({ protocol = "mqtt" }: IClientOptions): number {
  return DEFAULT_PORTS[protocol] ?? DEFAULT_TLS_PORT;
}

function toTransport(host: SettingsHost): Pick<ClientOptions, "transport"> {
  const { options } = host;
  const { protocol = "mqtt", unixSocket, port, socksProxy } = options;
  const isSecure = SECURE.includes(protocol);
  const tls = isSecure ? { tlsContext: toTls(options) } : {};
  if (unixSocket) return { transport: "unix", ...tls };
  const chosen = port || defaultPort(options);
  const shared = {
    ...tls,
    port: Number(chosen),
    ...(socksProxy ? { proxy: toProxy(socksProxy) } : {}),
  };
  if (!protocol.startsWith("ws")) return { transport: "tcp", ...shared };
  return { transport: "websockets", ...shared, ...toWebSocket(host, Number(chosen), isSecure) };
}

function toWebSocket(host: SettingsHost, port: number, isSecure: boolean) {
  const { options } = host;
  const scheme = isSecure ? "wss" : "ws";
  const given = (options.wsOptions ?? {}) as { headers?: Record<string, unknown>; agent?: unknown };
  if (given.agent !== undefined)
    throw new UnsupportedOptionError("Option wsOptions.agent", "socksProxy connects through a proxy");
  const protocolName = options.protocolId === "MQIsdp" && options.protocolVersion === 3 ? "mqttv3.1" : "mqtt";
  const path = options.path || "/";
  const url = host.transformUrl(`${scheme}://${toAddress(options)}:${port}${path}`);
  const { pathname, search } = new URL(url);
  const headers = Object.entries(given.headers ?? {}).map(([name, value]) => [name, String(value)]);
  return {
    websocketPath: pathname + search,
    websocketHeaders: { "Sec-WebSocket-Protocol": protocolName, ...Object.fromEntries(headers) },
  };
}

function toTls(options: IClientOptions): TLSContextOptions {
  const given = options as Record<string, unknown>;
  for (const name of ["checkServerIdentity", "secureContext", "secureProtocol", "session", "socket"])
    if (given[name] !== undefined)
      throw new UnsupportedOptionError(`Option ${name}`, "the engine has its own TLS");
  const members = Object.keys(TLS_CONTEXT).filter(
    (name) => given[name] !== undefined && given[name] !== null,
  );
  const context: TLSContextOptions = Object.fromEntries(members.map((name) => [name, given[name]]));
  if (context.servername === "") delete context.servername;
  if (context.rejectUnauthorized !== undefined)
    context.rejectUnauthorized = (context.rejectUnauthorized as unknown) !== false;
  if (context.passphrase !== undefined && context.key === undefined && context.pfx === undefined)
    delete context.passphrase;
  return context;
}

/** `socks5h` and `socks4a` have the proxy resolve the name. */
function toProxy(address: string): ProxySettingsOptions {
  const url = new URL(address);
  const [, version] = /^socks(4|4a|5|5h)?:$/.exec(url.protocol) ?? [];
  if (!/^socks(4|4a|5|5h)?:$/.test(url.protocol))
    throw new Error(`Option socksProxy must be a URL of socks4:, socks4a:, socks5: or socks5h:`);
  const username = decodeURIComponent(url.username);
  const password = decodeURIComponent(url.password);
  return {
    proxyType: version?.startsWith("4") ? "socks4" : "socks5",
    proxyAddr: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    ...(url.port === "" ? {} : { proxyPort: Number(url.port) }),
    proxyRdns: version === undefined || version === "4a" || version === "5h",
    ...(username === "" ? {} : { proxyUsername: username }),
    ...(password === "" || version?.startsWith("4") ? {} : { proxyPassword: password }),
  };
}
