import { encodeProperties, keptProperties } from "../packets/properties.ts";
import type { BinaryInput, ConnectProperties } from "../protocol/property-types.ts";
import { ProtocolVersion } from "../protocol/protocol-version.ts";
import { type ConnectTarget, parseTarget } from "../transport/connect-target.ts";
import type { Scheme } from "../transport/schemes.ts";
import { format, validateBoolean, validateInteger } from "../util/check.ts";
import { validateDuration } from "../util/duration.ts";
import { type AuthenticationOptions, validateAuthentication } from "./authentication.ts";
import type { ClientOptions } from "./client-options.ts";
import { type IdentitySettings, parseIdentity } from "./identity.ts";
import { parseQueues, type QueueSettings } from "./queues.ts";
import { Will, type WillOptions } from "./will.ts";

/** The checked options of a client, with all defaults. */
export interface Settings extends IdentitySettings, QueueSettings {
  target: ConnectTarget;
  protocol: ProtocolVersion;
  will: Will | undefined;
  timeout: number;
  keepalive: number;
  maxInflightMessages: number;
  properties: ConnectProperties | undefined;
  authentication: AuthenticationOptions | undefined;
  topicAliases: "automatic" | "off";
  busyPoll: boolean;
}

/** The broker's address and the options, from the constructor's arguments. */
export interface BrokerAddress {
  /** A host name, an IP address, or the path of a Unix socket. */
  host: string;
  /** The scheme of the URL; undefined without one. */
  scheme: Scheme | undefined;
  options: ClientOptions;
}

/** The number of packet identifiers (MQTT 5, section 2.2.1). */
const MOST_IN_FLIGHT = 65_535;

/** Checks options. Throws a `TypeError` or `RangeError` that names the option, its value and the allowed values. */
export function parseSettings({ host, scheme, options }: BrokerAddress): Settings {
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
  return {
    target: parseTarget(host, scheme, options),
    protocol,
    will: options.will === undefined ? undefined : parseWill(options.will, protocol),
    timeout,
    keepalive,
    maxInflightMessages: Math.min(maxInflightMessages, MOST_IN_FLIGHT),
    properties: parseProperties(options.properties, protocol),
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

function parseWill(will: Will | WillOptions, protocol: ProtocolVersion): Will {
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
  // A getter is called at each connect, and not before.
  const data: BinaryInput | undefined = Object.getOwnPropertyDescriptor(authentication, "data")?.value;
  if (data !== undefined) encodeProperties("connect", { authenticationData: data }); // throws for invalid data
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
