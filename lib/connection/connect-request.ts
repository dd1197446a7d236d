import type { NativeConnectOptions } from "../native/binding.ts";
import type { Settings } from "../options/settings.ts";
import { LARGEST_PACKET } from "../packets/bytes.ts";
import { encodeConnect } from "../packets/connect.ts";
import type { ConnectProperties } from "../protocol/property-types.ts";
import { nativeTarget } from "../transport/connect-target.ts";

/** The part of a connect request that differs between connects of one client. */
export interface Attempt {
  /** The client identifier, possibly assigned by the broker on an earlier connect. */
  identifier: string;
  /** Whether it begins a new session. */
  clean: boolean;
  /** The properties of CONNECT for enhanced authentication. */
  authentication: ConnectProperties | undefined;
  /** Seconds. */
  timeout: number;
}

/** Returns the options of one connect for the native session. */
export function connectRequest(settings: Settings, attempt: Attempt): NativeConnectOptions {
  const { identifier, clean, timeout } = attempt;
  const properties = attempt.authentication
    ? { ...settings.properties, ...attempt.authentication }
    : settings.properties;
  return {
    ...nativeTarget(settings.target),
    protocol: settings.protocol,
    clean,
    sessionExpiry: properties?.sessionExpiryInterval ?? 0,
    packet: encodeConnect({ ...settings, identifier, clean, properties }),
    keepalive: settings.keepalive,
    maximumPacketSize: properties?.maximumPacketSize ?? LARGEST_PACKET,
    inflightLimit: settings.maxInflightMessages,
    topicAliases: settings.topicAliases === "automatic",
    timeout,
  };
}
