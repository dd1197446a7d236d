import { show } from "../check.ts";

/** White space, control characters and slashes, which no host name and no address has. */
const NOT_IN_HOSTS = /[\s\p{Cc}/]/u;

/** Throws unless `value` can be a host name or an address. */
export function validateHost(name: string, value: unknown): asserts value is string {
  if (typeof value === "string" && value !== "" && !NOT_IN_HOSTS.test(value)) return;
  const hint = typeof value === "string" && value.includes("/") ? '; a path needs transport: "unix"' : "";
  throw new TypeError(`${name} must be a host name or an address, not ${show(value)}${hint}`);
}

/** An address of IPv6 in brackets, other hosts as they are. */
export function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
