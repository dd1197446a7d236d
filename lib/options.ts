import { type AuthenticationOptions, validateAuthentication } from "./authentication.ts";
import { isUtf8String, MAX_BYTES, show } from "./check.ts";
import type { AnyOptions } from "./client-options.ts";
import { validateDuration } from "./duration.ts";
import { type Logger, validateLogger } from "./logger.ts";
import { encodeProperties } from "./properties.ts";
import type { BinaryInput, ConnectProperties } from "./property-types.ts";
import { ProtocolVersion } from "./protocol-version.ts";
import { FifoQueue, type MessageQueueType } from "./queues.ts";
import { Will, type WillOptions } from "./will.ts";

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
  logger: Logger | undefined;
  queueType: MessageQueueType;
  maxQueuedIncomingMessages: number;
  overflow: "drop-newest" | "drop-oldest";
  maxQueuedOutgoingMessages: number;
  maxConcurrentOutgoingCalls: number;
}

/** A broker's address, and what came with it. */
export interface Place {
  host: string;
  options: AnyOptions;
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
  "logger",
  "queueType",
  "maxQueuedIncomingMessages",
  "overflow",
  "maxQueuedOutgoingMessages",
  "maxConcurrentOutgoingCalls",
]);

/** Options that are documented and that later versions will have: using one must not pass unnoticed. */
const NOT_YET = new Set<string>([
  "transport",
  "bindAddress",
  "bindPort",
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
    ...queuesOf(options),
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

type QueueSettings = Pick<
  Settings,
  | "logger"
  | "queueType"
  | "maxQueuedIncomingMessages"
  | "overflow"
  | "maxQueuedOutgoingMessages"
  | "maxConcurrentOutgoingCalls"
>;

function queuesOf(options: AnyOptions): QueueSettings {
  const { logger, queueType = FifoQueue, overflow = "drop-newest" } = options;
  if (logger !== undefined) validateLogger(logger);
  if (typeof queueType !== "function")
    throw new TypeError(`Option queueType must be a class, not ${show(queueType)}`);
  if (overflow !== "drop-newest" && overflow !== "drop-oldest")
    throw new TypeError(`Option overflow must be "drop-newest" or "drop-oldest", not ${show(overflow)}`);
  return {
    logger,
    queueType,
    overflow,
    maxQueuedIncomingMessages: limitOf("maxQueuedIncomingMessages", options),
    maxQueuedOutgoingMessages: limitOf("maxQueuedOutgoingMessages", options),
    maxConcurrentOutgoingCalls: limitOf("maxConcurrentOutgoingCalls", options),
  };
}

type Limit = "maxQueuedIncomingMessages" | "maxQueuedOutgoingMessages" | "maxConcurrentOutgoingCalls";

function limitOf(name: Limit, options: AnyOptions): number {
  const { [name]: limit = Number.POSITIVE_INFINITY } = options;
  if (limit !== Number.POSITIVE_INFINITY) validateInteger(name, limit, 1, Number.MAX_SAFE_INTEGER);
  return limit;
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
  { cleanSession, cleanStart, identifier }: AnyOptions,
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
