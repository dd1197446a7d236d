import { show } from "../basics/check.ts";

/** White space, control characters, and what delimits the parts of a URL, which no host name and no address has. */
const NOT_IN_HOSTS = /[\s\p{Cc}#/<>?@[\\\]^|]/u;
/** An address of IPv6 has more of them. */
const ONE_COLON = /^[^:]*:[^:]*$/;
/** Only an address of IPv6 has one, before its zone. */
const PERCENT_WITHOUT_COLON = /^[^:]*%[^:]*$/;
const ASCII = /^\p{ASCII}*$/u;

/** What is said of a value that is more than a host. */
export interface HostHints {
  /** Of one with a port behind it. */
  port: string;
  /** Of one with a slash in it. */
  slash: string;
  /** Of one with a user name before it. */
  at: string;
}

/**
 * Checks a host name or an address. Returns an international name in ASCII, as domain names and certificates have it (IDNA,
 * `url.domainToASCII` of Node). Other names and addresses stay as they are, those with underscores, a dot at the end or a
 * zone among them.
 *
 * @throws {TypeError} for what is neither, with a hint at what may have been meant
 */
export function hostOf(name: string, value: unknown, hints: HostHints): string {
  const isHost = typeof value === "string" && value !== "" && !NOT_IN_HOSTS.test(value);
  if (!isHost || ONE_COLON.test(value) || PERCENT_WITHOUT_COLON.test(value)) throw noHost(name, value, hints);
  if (ASCII.test(value) || value.includes(":")) return value;
  // Most programs never need this module.
  const converted = process.getBuiltinModule("node:url").domainToASCII(value);
  if (converted === "")
    throw new TypeError(
      `${name} must be a host name or an address, not ${show(value)}, which IDNA cannot convert to ASCII`,
    );
  return converted;
}

function noHost(name: string, value: unknown, hints: HostHints): TypeError {
  const hint = typeof value === "string" ? hintFor(value, hints) : "";
  const shown = typeof value === "string" ? value.replace(/^.*@/s, "…@") : value; // what precedes may be a password
  return new TypeError(`${name} must be a host name or an address, not ${show(shown)}${hint}`);
}

/** What may have been meant. */
function hintFor(value: string, hints: HostHints): string {
  if (value.includes("@")) return `; ${hints.at}`;
  if (value.includes("/")) return `; ${hints.slash}`;
  if (/[[\]]/.test(value)) return "; an address of IPv6 has no brackets here";
  if (ONE_COLON.test(value)) return `; ${hints.port}`;
  return value.includes("%") ? "; only a URL is percent-encoded" : "";
}

/** An address of IPv6 in brackets, other hosts as they are. */
export function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
