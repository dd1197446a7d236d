import { MqttCodeError, type MqttError } from "../protocol/errors.ts";

const USE_ANOTHER_SERVER = 0x9c;
const SERVER_MOVED = 0x9d;

/** Another broker that the broker names (MQTT 5, section 4.13). */
export interface ServerReference {
  /** A host name or an address, without brackets. */
  readonly host: string;
  /** Undefined: the port in use. */
  readonly port: number | undefined;
  /** Whether the broker has moved for good. */
  readonly isPermanent: boolean;
}

/** A name or an address of IPv4, or an address of IPv6 in brackets; then a port. */
const REFERENCE = /^(?:\[([^\]]+)\]|([^\s:[\]]+))(?::(\d{1,5}))?$/;
/** An address of IPv6 without brackets, which leaves no room for a port. */
const BARE_IPV6 = /^[\da-f:.]+$/i;

/** Returns the broker that an error names; undefined if it names none that can be used. */
export function readServerReference(error: MqttError): ServerReference | undefined {
  if (!(error instanceof MqttCodeError)) return undefined;
  const { value } = error.reasonCode;
  if (value !== USE_ANOTHER_SERVER && value !== SERVER_MOVED) return undefined;
  const { serverReference = "" } = (error.properties ?? {}) as { serverReference?: string };
  const parsed = parse(serverReference.trim().split(/\s+/)[0] ?? "");
  return parsed && { ...parsed, isPermanent: value === SERVER_MOVED };
}

function parse(text: string): Omit<ServerReference, "isPermanent"> | undefined {
  const match = REFERENCE.exec(text);
  if (match === null)
    return text.includes("::") && BARE_IPV6.test(text) ? { host: text, port: undefined } : undefined;
  const [, address, name, digits] = match;
  const host = address ?? name ?? "";
  const port = digits === undefined ? undefined : Number(digits);
  return port === 0 || (port ?? 0) > 65_535 ? undefined : { host, port };
}
