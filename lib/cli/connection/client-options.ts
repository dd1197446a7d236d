import type {
  AuthenticationOptions,
  ClientOptions,
  ConnectProperties,
  WillOptions,
  WillProperties,
} from "mqtt-native";
import { UsageError } from "../frame/usage-error.ts";
import type { PacketProperties } from "./properties.ts";
import type { ConnectionSettings } from "./settings.ts";
import { TLS_PORT, toTlsContext, wantsTls } from "./tls.ts";

/** MQTT 5: the expiry of a session that never ends. */
const FOREVER = 4_294_967_295;
const PORT = 1883;

/** Checks the flags that depend on each other. It throws a `UsageError`. */
export function checkConnection(settings: ConnectionSettings): void {
  const { will, tls } = settings;
  if (will.topic === undefined && (will.payload !== undefined || will.retain)) {
    throw new UsageError("--will-payload and --will-retain need --will-topic.");
  }
  if ((tls.cert === undefined) !== (tls.key === undefined)) {
    throw new UsageError("--cert and --key need each other.");
  }
  if (tls.cert !== undefined && !wantsTls(settings)) {
    throw new UsageError("--cert needs TLS: --cafile, --capath, --tls-use-os-certs, mqtts:// or port 8883.");
  }
  if (settings.id !== undefined && settings.idPrefix !== undefined) {
    throw new UsageError("-i and -I exclude each other.");
  }
  const lasts = settings.version === "5" ? resolveExpiry(settings) === FOREVER : !settings.cleanSession;
  if (lasts && settings.id === undefined) throw new UsageError("A session that does not end needs -i.");
}

/** Returns the host, or the path of a Unix socket, and the options of the client. */
export function clientArguments(settings: ConnectionSettings): [host: string, options: ClientOptions] {
  const { transport, port, username, password, proxy, bindAddress, websocketPath } = settings;
  const secure = transport !== "unix" && wantsTls(settings);
  const options: ClientOptions = {
    transport,
    keepalive: settings.keepalive,
    timeout: Number.POSITIVE_INFINITY,
    connectTimeout: settings.keepalive,
    maxInflightMessages: settings.maxInflight,
    ...(transport === "unix" ? {} : { port: port ?? (secure ? TLS_PORT : PORT) }),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(proxy === undefined ? {} : { proxy }),
    ...(bindAddress === undefined ? {} : { bindAddress }),
    ...(websocketPath === undefined || transport !== "websockets" ? {} : { websocketPath }),
    ...(secure ? { tlsContext: toTlsContext(settings.tls), tlsInsecure: settings.tls.insecure } : {}),
    ...toWill(settings),
    ...toSession(settings),
  };
  return [settings.host ?? "localhost", options];
}

function toWill({ will, version, properties }: ConnectionSettings): { will?: WillOptions } {
  if (will.topic === undefined) return {};
  const own = version === "5" && properties.will ? { properties: properties.will as WillProperties } : {};
  const { topic, payload = "", qos, retain } = will;
  return { will: { topic, payload, qos, retain, ...own } };
}

/** Returns the options of the session: identifier, version, CONNECT properties. */
function toSession(settings: ConnectionSettings): ClientOptions {
  const { id, idPrefix, version, cleanSession } = settings;
  const identifier = idPrefix === undefined ? id : `${idPrefix}${process.pid}`;
  const named = identifier === undefined ? {} : { identifier };
  if (version !== "5") return { ...named, protocol: version === "31" ? 3 : 4, cleanSession };
  const { authenticationMethod, authenticationData, ...others } = settings.properties.connect ?? {};
  const properties: PacketProperties = { ...others, sessionExpiryInterval: resolveExpiry(settings) };
  return {
    ...named,
    protocol: 5,
    cleanStart: cleanSession ? "first-only" : false,
    properties: properties as ConnectProperties,
    ...authentication(authenticationMethod, authenticationData),
  };
}

/** Returns the seconds that the session outlives the connection. */
function resolveExpiry({ sessionExpiry, cleanSession, properties }: ConnectionSettings): number {
  const { sessionExpiryInterval: property } = properties.connect ?? {};
  if (sessionExpiry > 0) return sessionExpiry;
  if (typeof property === "number") return property;
  return cleanSession || sessionExpiry === 0 ? 0 : FOREVER;
}

/** Returns the first step of an enhanced authentication. A challenge of the broker cannot be answered. */
function authentication(method: unknown, data: unknown): { authentication?: AuthenticationOptions } {
  if (typeof method !== "string") return {};
  const onChallenge = () => {
    throw new Error("The command line cannot answer a challenge of the broker");
  };
  return { authentication: { method, onChallenge, ...(typeof data === "string" ? { data } : {}) } };
}
