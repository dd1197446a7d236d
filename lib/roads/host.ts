import { show } from "../basics/check.ts";

/** White space, control characters, slashes and brackets, which no host name and no address has. */
const NOT_IN_HOSTS = /[\s\p{Cc}/[\]]/u;
/** An address of IPv6 has more of them. */
const ONE_COLON = /^[^:]*:[^:]*$/;

/** What is said of a value that is more than a host. */
export interface HostHints {
  /** Of one with a port behind it. */
  port: string;
  /** Of one with a slash in it. */
  slash: string;
}

/** Throws unless `value` can be a host name or an address. */
export function validateHost(name: string, value: unknown, hints: HostHints): asserts value is string {
  if (typeof value === "string" && value !== "" && !NOT_IN_HOSTS.test(value) && !ONE_COLON.test(value))
    return;
  const hint = typeof value === "string" ? hintFor(value, hints) : "";
  throw new TypeError(`${name} must be a host name or an address, not ${show(value)}${hint}`);
}

/** What may have been meant. */
function hintFor(value: string, hints: HostHints): string {
  if (value.includes("/")) return `; ${hints.slash}`;
  if (/[[\]]/.test(value)) return "; an address of IPv6 has no brackets here";
  return ONE_COLON.test(value) ? `; ${hints.port}` : "";
}

/** An address of IPv6 in brackets, other hosts as they are. */
export function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
