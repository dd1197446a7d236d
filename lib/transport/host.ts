import { format } from "../util/check.ts";

/** White space, control characters and URL delimiters, which no host name and no address contains. */
const NOT_IN_HOSTS = /[\s\p{Cc}#/<>?@[\\\]^|]/u;
/** A host with a port: an IPv6 address has more colons. */
const ONE_COLON = /^[^:]*:[^:]*$/;
/** A percent-encoded host: only an IPv6 address has a percent sign, before its zone. */
const PERCENT_WITHOUT_COLON = /^[^:]*%[^:]*$/;
const ASCII = /^\p{ASCII}*$/u;

/** Hints for values that are more than a host. */
export interface HostHints {
  /** For a host with a port. */
  port: string;
  /** For a value with a slash. */
  slash: string;
  /** For a host with a user name. */
  at: string;
}

/**
 * Checks a host name or an address. Converts an international name to ASCII with IDNA (`url.domainToASCII` of Node),
 * the form in domain names and certificates. Returns all other names and addresses unchanged.
 *
 * @throws {TypeError} if the value is neither, with a hint
 */
export function parseHost(name: string, value: unknown, hints: HostHints): string {
  const isHost = typeof value === "string" && value !== "" && !NOT_IN_HOSTS.test(value);
  if (!isHost || ONE_COLON.test(value) || PERCENT_WITHOUT_COLON.test(value)) throw noHost(name, value, hints);
  if (ASCII.test(value) || value.includes(":")) return value;
  // Most programs never need this module.
  const converted = process.getBuiltinModule("node:url").domainToASCII(value);
  if (converted === "")
    throw new TypeError(
      `${name} must be a host name or an address, not ${format(value)}, which IDNA cannot convert to ASCII`,
    );
  return converted;
}

function noHost(name: string, value: unknown, hints: HostHints): TypeError {
  const hint = typeof value === "string" ? hintFor(value, hints) : "";
  const shown = typeof value === "string" ? value.replace(/^.*@/s, "…@") : value; // a password may precede it
  return new TypeError(`${name} must be a host name or an address, not ${format(shown)}${hint}`);
}

function hintFor(value: string, hints: HostHints): string {
  if (value.includes("@")) return `; ${hints.at}`;
  if (value.includes("/")) return `; ${hints.slash}`;
  if (/[[\]]/.test(value)) return "; an address of IPv6 has no brackets here";
  if (ONE_COLON.test(value)) return `; ${hints.port}`;
  return value.includes("%") ? "; only a URL is percent-encoded" : "";
}

/** Returns an IPv6 address in brackets, and other hosts unchanged. */
export function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
