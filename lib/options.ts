import { type AuthenticationOptions, validateAuthentication } from "./authentication.ts";
import { isUtf8String, MAX_BYTES, show } from "./check.ts";
import { validateDuration } from "./duration.ts";
import { encodeProperties } from "./properties.ts";
import type { BinaryInput, ConnectProperties } from "./property-types.ts";
import { ProtocolVersion } from "./protocol-version.ts";
import { Will, type WillOptions } from "./will.ts";

/** What a client can be made with; every member may be left out. Defaults are those of aiomqtt where it has the option. */
export interface ClientOptions {
  /** Default: 1883. */
  port?: number;
  /** Default: none. */
  username?: string;
  /** Text is sent as UTF-8. Without a user name it is allowed on MQTT 5 only (MQTT 5, section 3.1.2.9). */
  password?: BinaryInput;
  /**
   * The client identifier. Default: a generated one on MQTT 3.1; on 3.1.1 and 5 the broker assigns one, which on MQTT 5
   * is known, and used again, from then on.
   */
  identifier?: string;
  /** Default: `ProtocolVersion.V311`. */
  protocol?: ProtocolVersion;
  /** The message that the broker publishes when it loses this client. */
  will?: Will | WillOptions;
  /** MQTT 3.x: whether each connect begins a new session. Default: true; false needs an identifier. */
  cleanSession?: boolean;
  /**
   * MQTT 5: whether a connect begins a new session. Default: `"first-only"`, which means the first successful connect of
   * this client; later ones resume its session.
   */
  cleanStart?: boolean | "first-only";
  /** The limit of connect, subscribe, unsubscribe, publish and disconnect, in seconds. Default: 10. */
  timeout?: number;
  /** Seconds after which an idle connection is probed, 0 to 65 535; 0 is off. Default: 60. An MQTT 5 broker may overrule it. */
  keepalive?: number;
  /**
   * Publishes of QoS 1 and 2, subscribes and unsubscribes that may be under way at once; others wait for their turn. Default:
   * 20. An MQTT 5 broker may lower it, and more than 256 are never under way.
   */
  maxInflightMessages?: number;
  /** MQTT 5: the properties of the CONNECT packet. */
  properties?: ConnectProperties;
  /** MQTT 5: enhanced authentication (section 4.12). Default: none. */
  authentication?: AuthenticationOptions;
  /**
   * MQTT 5: whether topics of QoS 0 messages that repeat are replaced by numbers on the wire, as far as the broker allows it
   * (MQTT 5, section 3.3.2.3.4). With `"off"` the property `topicAlias` of `publish` is for you to use. Default: `"automatic"`.
   */
  topicAliases?: "automatic" | "off";
}

/** A client's options, checked and complete. */
export interface Settings {
  host: string;
  port: number;
  username: string | undefined;
  password: BinaryInput | undefined;
  identifier: string;
  protocol: ProtocolVersion;
  will: Will | undefined;
  clean: boolean | "first-only";
  timeout: number;
  keepalive: number;
  maxInflightMessages: number;
  properties: ConnectProperties | undefined;
  authentication: AuthenticationOptions | undefined;
  topicAliases: "automatic" | "off";
}

/** A broker's address, and what came with it. */
export interface Place {
  host: string;
  options: ClientOptions;
}

const SUPPORTED = new Set<string>([
  "port",
  "username",
  "password",
  "identifier",
  "protocol",
  "will",
  "cleanSession",
  "cleanStart",
  "timeout",
  "keepalive",
  "maxInflightMessages",
  "properties",
  "authentication",
  "topicAliases",
]);

/** Options that are documented and that later versions will have: using one must not pass unnoticed. */
const NOT_YET = new Set<string>([
  "logger",
  "queueType",
  "transport",
  "bindAddress",
  "bindPort",
  "maxQueuedIncomingMessages",
  "overflow",
  "maxQueuedOutgoingMessages",
  "maxConcurrentOutgoingCalls",
  "tlsContext",
  "tlsParams",
  "tlsInsecure",
  "proxy",
  "socketOptions",
  "websocketPath",
  "websocketHeaders",
]);

/** Checks options. Throws a `TypeError` or `RangeError` that names the option, its value and what is allowed. */
export function settingsOf({ host, options }: Place): Settings {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || SUPPORTED.has(name)) continue;
    if (NOT_YET.has(name)) throw new TypeError(`Option ${name} is not supported yet`);
    throw new TypeError(`There is no option ${name}`);
  }
  const { protocol = ProtocolVersion.V311, timeout = 10, keepalive = 60, maxInflightMessages = 20 } = options;
  if (!Object.values(ProtocolVersion).includes(protocol))
    throw new RangeError(`Option protocol must be one of ProtocolVersion, not ${show(protocol)}`);
  validateDuration("Option timeout", timeout);
  validateInteger("keepalive", keepalive, 0, 65_535);
  validateInteger("maxInflightMessages", maxInflightMessages, 1, 65_535);
  const settings: Settings = {
    host,
    port: options.port ?? 1883,
    username: options.username,
    password: options.password,
    identifier: identifierOf(options.identifier, protocol),
    protocol,
    will: options.will === undefined ? undefined : willOf(options.will, protocol),
    clean: cleanOf(options, protocol),
    timeout,
    keepalive,
    maxInflightMessages,
    properties: options.properties,
    authentication: authenticationOf(options.authentication, protocol),
    topicAliases: topicAliasesOf(options.topicAliases, protocol),
  };
  validateInteger("port", settings.port, 1, 65_535);
  validateCredentials(settings);
  validateProperties(settings);
  return settings;
}

function validateInteger(name: string, value: unknown, least: number, most: number): asserts value is number {
  if (typeof value !== "number") throw new TypeError(`Option ${name} must be a number, not ${show(value)}`);
  if (!Number.isInteger(value) || value < least || value > most)
    throw new RangeError(
      `Option ${name} must be a whole number from ${least} to ${most}, not ${show(value)}`,
    );
}

function identifierOf(identifier: unknown, protocol: ProtocolVersion): string {
  if (identifier === undefined || identifier === "")
    return protocol === ProtocolVersion.V31 ? randomIdentifier() : "";
  validateText("identifier", identifier);
  return identifier;
}

/** 22 characters, of the 23 that MQTT 3.1 allows (section 3.1, Client Identifier). */
function randomIdentifier(): string {
  const alphabet = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  const bytes = crypto.getRandomValues(new Uint8Array(22));
  return Array.from(bytes, (byte) => alphabet[byte % alphabet.length]).join("");
}

function willOf(will: Will | WillOptions, protocol: ProtocolVersion): Will {
  if (typeof will !== "object" || will === null)
    throw new TypeError(`Option will must be a Will, not ${show(will)}`);
  const checked = will instanceof Will ? will : new Will(will);
  if (checked.properties !== undefined) requireV5("will.properties", protocol);
  return checked;
}

function cleanOf(
  { cleanSession, cleanStart, identifier }: ClientOptions,
  protocol: ProtocolVersion,
): boolean | "first-only" {
  if (protocol === ProtocolVersion.V5) {
    if (cleanSession !== undefined)
      throw new TypeError("Option cleanSession is for MQTT 3.x; MQTT 5 has cleanStart");
    const clean = cleanStart ?? "first-only";
    if (typeof clean !== "boolean" && clean !== "first-only")
      throw new TypeError(`Option cleanStart must be true, false or "first-only", not ${show(clean)}`);
    return clean;
  }
  if (cleanStart !== undefined)
    throw new TypeError("Option cleanStart is for MQTT 5; MQTT 3.x has cleanSession");
  const clean = cleanSession ?? true;
  if (typeof clean !== "boolean")
    throw new TypeError(`Option cleanSession must be a boolean, not ${show(clean)}`);
  if (!clean && !identifier)
    throw new TypeError("Option cleanSession can be false only together with an identifier");
  return clean;
}

function validateCredentials({ username, password, protocol }: Settings): void {
  if (username !== undefined) validateText("username", username);
  if (password === undefined) return;
  // Neither message shows the password.
  if (typeof password === "string" ? !isUtf8String(password) : !(password instanceof Uint8Array))
    throw new TypeError(`Option password must be a string or bytes, at most ${MAX_BYTES} of them`);
  if (password.length > MAX_BYTES) throw new RangeError(`Option password must be at most ${MAX_BYTES} bytes`);
  if (username === undefined && protocol !== ProtocolVersion.V5)
    throw new TypeError("Option password needs a username, except on MQTT 5");
}

function validateProperties({ properties, protocol }: Settings): void {
  if (properties === undefined) return;
  requireV5("properties", protocol);
  encodeProperties("connect", properties); // throws what is wrong with them
  for (const name of ["authenticationMethod", "authenticationData"] as const)
    if (properties[name] !== undefined)
      throw new TypeError(`Property ${name} is set by the option authentication, not by properties`);
}

function authenticationOf(
  authentication: AuthenticationOptions | undefined,
  protocol: ProtocolVersion,
): AuthenticationOptions | undefined {
  if (authentication === undefined) return undefined;
  requireV5("authentication", protocol);
  validateAuthentication(authentication);
  const { data } = authentication;
  if (data !== undefined) encodeProperties("connect", { authenticationData: data }); // throws what is wrong with it
  return authentication;
}

function topicAliasesOf(topicAliases: unknown, protocol: ProtocolVersion): "automatic" | "off" {
  if (topicAliases === undefined) return "automatic";
  requireV5("topicAliases", protocol);
  if (topicAliases !== "automatic" && topicAliases !== "off")
    throw new TypeError(`Option topicAliases must be "automatic" or "off", not ${show(topicAliases)}`);
  return topicAliases;
}

/** Throws unless the protocol is MQTT 5. */
export function requireV5(name: string, protocol: ProtocolVersion): void {
  if (protocol !== ProtocolVersion.V5) throw new TypeError(`Option ${name} is for MQTT 5 only`);
}

function validateText(name: string, value: unknown): asserts value is string {
  if (!isUtf8String(value))
    throw new TypeError(
      `Option ${name} must be a string of at most ${MAX_BYTES} UTF-8 bytes without U+0000, not ${show(value)}`,
    );
}
