import { show } from "../basics/check.ts";

/** White space, control characters, slashes and brackets, which no host name and no address has. */
const NOT_IN_HOSTS = /[\s\p{Cc}/[\]]/u;
/** An address of IPv6 has more of them. */
const ONE_COLON = /^[^:]*:[^:]*$/;

/** Throws unless `value` can be a host name or an address. `portPlace`: where a port belongs that stands behind it. */
export function validateHost(name: string, value: unknown, portPlace: string): asserts value is string {
  if (typeof value === "string" && value !== "" && !NOT_IN_HOSTS.test(value) && !ONE_COLON.test(value))
    return;
  const hint = typeof value === "string" ? hintFor(value, portPlace) : "";
  throw new TypeError(`${name} must be a host name or an address, not ${show(value)}${hint}`);
}

/** What may have been meant. */
function hintFor(value: string, portPlace: string): string {
  if (value.includes("/")) return '; a path needs transport: "unix"';
  if (/[[\]]/.test(value)) return "; an address of IPv6 has no brackets here";
  return ONE_COLON.test(value) ? `; a port belongs into ${portPlace}` : "";
}

/** An address of IPv6 in brackets, other hosts as they are. */
export function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
