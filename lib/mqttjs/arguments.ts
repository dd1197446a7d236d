// The arguments of `connect`, which become the options of the client.

import { parse } from "node:url";
import type { IClientOptions, MqttProtocol } from "./types.ts";
import { UnsupportedOptionError } from "./unsupported.ts";

const PLAIN = ["mqtt", "tcp", "ws"];
const SECURE = ["mqtts", "ssl", "tls", "wss"];
const PROTOCOLS: readonly (string | undefined)[] = [...PLAIN, ...SECURE];
/** The transports of browsers and mini programs. */
const FOREIGN: readonly (string | undefined)[] = ["wx", "wxs", "ali", "alis"];

/** Options that cannot have an effect here, with what to use instead. */
const UNSUPPORTED: readonly [name: keyof IClientOptions, hint: string][] = [
  ["createWebsocket", "it makes its own WebSocket"],
  ["forceNativeWebSocket", "it is for browsers"],
  ["browserBufferSize", "it is for browsers"],
  ["browserBufferTimeout", "it is for browsers"],
  ["my", "it is for mini programs"],
  ["authPacket", "AUTH answers a challenge: use handleAuth"],
];

/**
 * Returns the options of a client from the arguments of `connect`. An object of options is used as it is, and changed.
 * @throws {Error} for a missing protocol or client identifier, and for options that are not supported
 */
export function parseArguments(
  brokerUrl: string | IClientOptions | undefined,
  opts: IClientOptions | undefined,
): IClientOptions {
  const isOptions = typeof brokerUrl === "object" && brokerUrl !== null && !opts;
  let options: IClientOptions = isOptions ? brokerUrl : (opts ?? {});
  if (typeof brokerUrl === "string" && brokerUrl !== "") options = withUrl(brokerUrl, options);
  refuseUnsupported(options);
  chooseSocket(options);
  readCredentials(options);
  const { clientId } = options.query ?? {};
  if (typeof clientId === "string") options.clientId = clientId;
  const { MQTTJS_SOCKS_PROXY: proxy } = process.env;
  if (options.unixSocket) delete options.socksProxy;
  else if (options.socksProxy === undefined && proxy !== undefined) options.socksProxy = proxy;
  if (options.cert && options.key) chooseSecure(options);
  const { protocol } = options;
  if (!PROTOCOLS.includes(protocol)) options.protocol = "mqtt";
  if (options.clean === false && !options.clientId) throw new Error("Missing clientId for unclean clients");
  if (options.protocol !== undefined) options.defaultProtocol = options.protocol;
  return options;
}

/** The options win over the parts of the URL. */
function withUrl(brokerUrl: string, given: IClientOptions): IClientOptions {
  // The function's treatment of ports, brackets and credentials is part of the interface.
  const { port, hostname, query, auth, protocol, path } = parse(brokerUrl, true);
  const parts = { host: hostname, query, auth, protocol, path, ...(port !== null && { port: Number(port) }) };
  const options = { ...parts, ...given } as IClientOptions;
  if (!options.protocol) throw new Error("Missing protocol");
  options.protocol = options.protocol.replace(/:$/, "") as MqttProtocol;
  return options;
}

function refuseUnsupported(options: IClientOptions): void {
  for (const [name, hint] of UNSUPPORTED)
    if (options[name] !== undefined) throw new UnsupportedOptionError(`Option ${name}`, hint);
  if (FOREIGN.includes(options.protocol?.replace("+unix", "")))
    throw new UnsupportedOptionError(`Protocol ${options.protocol}`, "it is for mini programs");
}

function chooseSocket(options: IClientOptions): void {
  options.unixSocket = options.unixSocket || options.protocol?.includes("+unix") || false;
  if (options.unixSocket) options.protocol = options.protocol?.replace("+unix", "") as MqttProtocol;
  else if (!options.protocol?.startsWith("ws")) delete options.path;
}

function readCredentials(options: IClientOptions): void {
  const { auth } = options;
  if (!auth) return;
  const [, username = auth, password] = /^(.+):(.+)$/s.exec(auth) ?? [];
  options.username = username;
  if (password !== undefined) options.password = password;
}

/** A certificate and a key need a protocol with TLS. */
function chooseSecure(options: IClientOptions): void {
  const { protocol } = options;
  if (!protocol) throw new Error("Missing secure protocol key");
  if (protocol === "mqtt") options.protocol = "mqtts";
  else if (protocol === "ws") options.protocol = "wss";
  else if (protocol !== "mqtts" && protocol !== "wss")
    throw new Error(`Unknown protocol for secure connection: "${protocol}"!`);
}
