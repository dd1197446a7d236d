import type { NativeConnectOptions } from "../native/binding.ts";
import type { Settings } from "../options/settings.ts";
import { LARGEST_PACKET } from "../packets/bytes.ts";
import { encodeConnect } from "../packets/connect.ts";
import type { ConnectProperties } from "../protocol/property-types.ts";
import { nativeTarget } from "../transport/connect-target.ts";

/** What one connect has that another may not have. */
export interface Attempt {
  /** That of the client by now. */
  identifier: string;
  /** Whether it begins a new session. */
  clean: boolean;
  /** What CONNECT says of enhanced authentication. */
  authentication: ConnectProperties | undefined;
  /** Seconds. */
  timeout: number;
}

/** What the engine is told of one connect. */
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
