import { encodeProperties, keptProperties } from "../packets/properties.ts";
import type { ConnectProperties } from "../protocol/property-types.ts";
import { ProtocolVersion } from "../protocol/protocol-version.ts";
import { type ConnectTarget, parseTarget } from "../transport/connect-target.ts";
import type { Scheme } from "../transport/schemes.ts";
import { format, validateBoolean, validateInteger } from "../util/check.ts";
import { validateDuration } from "../util/duration.ts";
import { isPerAttempt, type PerAttempt } from "../util/per-attempt.ts";
import { type AcknowledgementSettings, parseAcknowledgement } from "./acknowledgement.ts";
import { type AuthenticationOptions, validateAuthentication } from "./authentication.ts";
import type { ClientOptions } from "./client-options.ts";
import {
  type CredentialSettings,
  type IdentitySettings,
  parseCredentials,
  parseIdentity,
} from "./identity.ts";
import { parseQueues, type QueueSettings } from "./queues.ts";
import { parseReconnect, type ReconnectSettings } from "./reconnect.ts";
import { Will, type WillOptions } from "./will.ts";

/** The checked options of a client, with all defaults. */
export interface Settings extends IdentitySettings, QueueSettings, AcknowledgementSettings {
  /** One or more. */
  addresses: readonly [BrokerSettings, ...BrokerSettings[]];
  protocol: ProtocolVersion;
  will: PerAttempt<Will | WillOptions> | undefined;
  timeout: number;
  keepalive: number;
  maxInflightMessages: number;
  properties: ConnectProperties | undefined;
  authentication: AuthenticationOptions | undefined;
  topicAliases: "automatic" | "off";
  busyPoll: boolean;
  /** Undefined: a lost connection ends the client. */
  reconnect: ReconnectSettings | undefined;
  /** Seconds of one attempt. Undefined: as long as the call of `connect`. */
  connectTimeout: number | undefined;
  whileDisconnected: "wait" | "reject";
  sharedSessions: boolean;
  followServerReference: boolean;
  /** The session outlives its connections only as long as the client uses it. */
  endsSession: boolean;
  /** Whether a CONNACK may report a session although a new one was wanted. The client ignores that then. */
  toleratesSessionPresent?: boolean;
  /** Whether publishes of QoS 2 are sent again in a new session, though the broker may have received them. */
  repeatsQos2?: boolean;
  /** Whether PUBREL is an event of the connection. */
  reportsReleases?: boolean;
}

/** One of the brokers of a client. */
export interface BrokerSettings extends CredentialSettings {
  target: ConnectTarget;
}

/** The broker's address and the options, from the constructor's arguments. */
export interface BrokerAddress {
  /** A host name, an IP address, or the path of a Unix socket. */
  host: string;
  /** The scheme of the URL; undefined without one. */
  scheme: Scheme | undefined;
  options: ClientOptions;
}

/** Seconds of one attempt. */
const CONNECT_TIMEOUT = 10;
/** The number of packet identifiers (MQTT 5, section 2.2.1). */
const MOST_IN_FLIGHT = 65_535;

/** A session of MQTT 5 that the program has not asked for outlives its connections by so many seconds. */
const SESSION_EXPIRY = 300;

/** Checks options. Throws a `TypeError` or `RangeError` that names the option, its value and the allowed values. */
export function parseSettings(addresses: readonly [BrokerAddress, ...BrokerAddress[]]): Settings {
  const [{ options }] = addresses;
  const { protocol = ProtocolVersion.V311, timeout = 10, keepalive = 60, maxInflightMessages = 20 } = options;
  const { busyPoll = false } = options;
  if (!Object.values(ProtocolVersion).includes(protocol))
    throw new RangeError(
      `Option protocol must be one of ProtocolVersion, not ${format(protocol)}${schemeHint(protocol)}`,
    );
  validateDuration("Option timeout", timeout);
  validateInteger("Option keepalive", keepalive, 0, 65_535);
  if (maxInflightMessages !== Number.POSITIVE_INFINITY)
    validateInteger("Option maxInflightMessages", maxInflightMessages, 1, MOST_IN_FLIGHT);
  validateBoolean("Option busyPoll", busyPoll);
  const [first, ...others] = addresses;
  const reconnect = parseReconnect(options.reconnect);
  const given = parseProperties(options.properties, protocol);
  const acknowledgement = parseAcknowledgement(options, given, protocol);
  const { receiveMaximum } = acknowledgement;
  const properties = receiveMaximum === undefined ? given : { ...given, receiveMaximum };
  const endsSession =
    reconnect !== undefined &&
    protocol === ProtocolVersion.V5 &&
    properties?.sessionExpiryInterval === undefined;
  return {
    addresses: [parseBroker(first, protocol), ...others.map((address) => parseBroker(address, protocol))],
    protocol,
    will: parseWill(options.will, protocol),
    timeout,
    keepalive,
    maxInflightMessages: Math.min(maxInflightMessages, MOST_IN_FLIGHT),
    properties: endsSession ? { ...properties, sessionExpiryInterval: SESSION_EXPIRY } : properties,
    endsSession,
    ...acknowledgement,
    reconnect,
    connectTimeout: parseConnectTimeout(options, addresses.length > 1 || reconnect !== undefined),
    whileDisconnected: parseWhileDisconnected(options.whileDisconnected, reconnect !== undefined),
    sharedSessions: parseFlag("sharedSessions", options.sharedSessions),
    followServerReference: parseFollow(options.followServerReference, protocol),
    authentication: parseAuthentication(options.authentication, protocol),
    topicAliases: parseTopicAliases(options.topicAliases, protocol),
    busyPoll,
    ...parseIdentity(options, protocol),
    ...parseQueues(options),
  };
}

/** Returns a hint for a scheme as `protocol`, which is MQTT.js's meaning of that option. */
function schemeHint(protocol: unknown): string {
  return /^[a-z]+$/i.test(String(protocol)) && typeof protocol === "string"
    ? `; a scheme belongs in a URL: ${protocol}://host`
    : "";
}

function parseBroker({ host, scheme, options }: BrokerAddress, protocol: ProtocolVersion): BrokerSettings {
  return { target: parseTarget(host, scheme, options), ...parseCredentials(options, protocol) };
}

function parseConnectTimeout({ connectTimeout }: ClientOptions, isNeeded: boolean): number | undefined {
  if (connectTimeout === undefined) return isNeeded ? CONNECT_TIMEOUT : undefined;
  validateDuration("Option connectTimeout", connectTimeout);
  return connectTimeout;
}

/** Checks what calls do without a connection: the option of a client or of a call. */
export function parseWhileDisconnected(given: unknown, reconnects: boolean): "wait" | "reject" {
  if (given === undefined) return reconnects ? "wait" : "reject";
  if (given !== "wait" && given !== "reject")
    throw new TypeError(`Option whileDisconnected must be "wait" or "reject", not ${format(given)}`);
  if (given === "wait" && !reconnects)
    throw new TypeError('Option whileDisconnected: "wait" needs the option reconnect');
  return given;
}

function parseFlag(name: string, flag: unknown = false): boolean {
  validateBoolean(`Option ${name}`, flag);
  return flag;
}

function parseFollow(flag: unknown, protocol: ProtocolVersion): boolean {
  if (flag !== undefined) requireV5("followServerReference", protocol);
  return parseFlag("followServerReference", flag);
}

function parseWill(
  will: ClientOptions["will"],
  protocol: ProtocolVersion,
): PerAttempt<Will | WillOptions> | undefined {
  return will === undefined || isPerAttempt(will) ? will : checkedWill(will, protocol);
}

/** Checks and copies a will. */
export function checkedWill(will: Will | WillOptions, protocol: ProtocolVersion): Will {
  if (typeof will !== "object" || will === null)
    throw new TypeError(`Option will must be a Will, not ${format(will)}`);
  const checked = new Will(will); // even a Will is checked: its class may be of another copy of this package
  if (checked.properties !== undefined) requireV5("will.properties", protocol);
  return checked;
}

function parseProperties(
  properties: ConnectProperties | undefined,
  protocol: ProtocolVersion,
): ConnectProperties | undefined {
  if (properties === undefined) return undefined;
  requireV5("properties", protocol);
  const kept = keptProperties("connect", properties);
  for (const name of ["authenticationMethod", "authenticationData"] as const)
    if (kept?.[name] !== undefined)
      throw new TypeError(`Property ${name} is set by the option authentication, not by properties`);
  return kept;
}

function parseAuthentication(
  authentication: AuthenticationOptions | undefined,
  protocol: ProtocolVersion,
): AuthenticationOptions | undefined {
  if (authentication === undefined) return undefined;
  requireV5("authentication", protocol);
  validateAuthentication(authentication);
  // A getter or a function is called for each attempt, and not before.
  const data: AuthenticationOptions["data"] = Object.getOwnPropertyDescriptor(authentication, "data")?.value;
  if (data === undefined || isPerAttempt(data)) return authentication;
  encodeProperties("connect", { authenticationData: data }); // throws for invalid data
  return authentication;
}

function parseTopicAliases(topicAliases: unknown, protocol: ProtocolVersion): "automatic" | "off" {
  if (topicAliases === undefined) return "automatic";
  requireV5("topicAliases", protocol);
  if (topicAliases !== "automatic" && topicAliases !== "off")
    throw new TypeError(`Option topicAliases must be "automatic" or "off", not ${format(topicAliases)}`);
  return topicAliases;
}

/** Throws unless the protocol is MQTT 5. */
export function requireV5(name: string, protocol: ProtocolVersion): void {
  if (protocol !== ProtocolVersion.V5)
    throw new TypeError(`Option ${name} is for MQTT 5 only: it needs protocol: ProtocolVersion.V5`);
}
