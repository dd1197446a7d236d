import type { NativeConnectOptions } from "../native/binding.ts";
import type { NativeTarget } from "../native/target.ts";
import type { Settings } from "../options/settings.ts";
import type { Will } from "../options/will.ts";
import { LARGEST_PACKET } from "../packets/bytes.ts";
import { encodeConnect } from "../packets/connect.ts";
import type { BinaryInput, ConnectProperties } from "../protocol/property-types.ts";

/** The parts of an attempt that functions of the program may return. */
export interface AttemptParts {
  target: NativeTarget;
  username: string | undefined;
  password: BinaryInput | undefined;
  will: Will | undefined;
  authenticationData: BinaryInput | undefined;
}

/** The parts of CONNECT that may differ between connects. */
export interface Attempt extends AttemptParts {
  /** The current client identifier. */
  identifier: string;
  /** Whether the connect begins a new session. */
  clean: boolean;
  /** The properties of CONNECT for enhanced authentication. */
  authentication: ConnectProperties | undefined;
  /** Whether publishes of the last connection are repeated one at a time. */
  repeatsOneByOne: boolean;
  /** Seconds. */
  timeout: number;
}

/** Returns the arguments of the engine's `connect`. */
export function connectRequest(settings: Settings, attempt: Attempt): NativeConnectOptions {
  const { identifier, username, password, will, clean, repeatsOneByOne, timeout } = attempt;
  const properties = attempt.authentication
    ? { ...settings.properties, ...attempt.authentication }
    : settings.properties;
  return {
    ...attempt.target,
    protocol: settings.protocol,
    clean,
    sessionExpiry: properties?.sessionExpiryInterval ?? 0,
    packet: encodeConnect({ ...settings, identifier, username, password, will, clean, properties }),
    keepalive: settings.keepalive,
    maximumPacketSize: properties?.maximumPacketSize ?? LARGEST_PACKET,
    inflightLimit: settings.maxInflightMessages,
    topicAliases: settings.topicAliases === "automatic",
    repeatsOneByOne,
    timeout,
  };
}
