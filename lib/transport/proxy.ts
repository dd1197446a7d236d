import type { NativeProxy } from "../native/target.ts";
import {
  describeType,
  format,
  type Members,
  validateBoolean,
  validateInteger,
  validateMembers,
} from "../util/check.ts";
import type { Counterparts } from "../util/unknown-member.ts";
import { type HostHints, parseHost } from "./host.ts";

/** The members of `ProxySettings`. */
export interface ProxySettingsOptions {
  /** SOCKS 4 (with the host names of 4a), SOCKS 5, or the CONNECT of HTTP/1.1. */
  proxyType: "socks4" | "socks5" | "http";
  /** The proxy's host name or address. */
  proxyAddr: string;
  /** Default: 1080 with SOCKS, 8080 with HTTP. */
  proxyPort?: number | undefined;
  /** Whether the proxy resolves the broker's name, rather than the client. Default: true. */
  proxyRdns?: boolean | undefined;
  /** The user name. SOCKS 5 requires a password with it; for SOCKS 4 it is the user id. Default: none. */
  proxyUsername?: string | undefined;
  /** The password, which requires a user name. Not for SOCKS 4, which has none. Default: none. */
  proxyPassword?: string | undefined;
}

const MEMBERS: Members<ProxySettingsOptions> = {
  proxyType: true,
  proxyAddr: true,
  proxyPort: true,
  proxyRdns: true,
  proxyUsername: true,
  proxyPassword: true,
};
const DEFAULT_PORTS = { socks4: 1080, socks5: 1080, http: 8080 } as const;
const HINTS: HostHints = {
  port: "a port belongs in proxy.proxyPort",
  slash: "of a URL only the host belongs here",
  at: "a user name belongs in proxy.proxyUsername",
};
const counterparts = (): Counterparts => ({
  address: "proxyAddr",
  host: "proxyAddr",
  hostname: "proxyAddr",
  password: "proxyPassword",
  port: "proxyPort",
  protocol: "proxyType",
  rdns: "proxyRdns",
  type: "proxyType",
  userid: "proxyUsername",
  username: "proxyUsername",
});
/** The maximum size of user name and password in bytes: the length has one byte (RFC 1929, section 2). */
const LONGEST_SOCKS5_CREDENTIAL = 255;

/** The proxy that connects to the broker. Plain objects of the same shape are accepted too. */
export class ProxySettings {
  readonly proxyType: "socks4" | "socks5" | "http";
  readonly proxyAddr: string;
  readonly proxyPort: number;
  readonly proxyRdns: boolean;
  readonly proxyUsername: string | undefined;
  readonly proxyPassword: string | undefined;

  /** @throws {TypeError | RangeError} naming the invalid member */
  constructor(options: ProxySettingsOptions) {
    validateMembers("proxy", options, MEMBERS, counterparts);
    const { proxyType, proxyRdns = true, proxyUsername, proxyPassword } = options;
    if (!Object.hasOwn(DEFAULT_PORTS, proxyType))
      throw new TypeError(`proxy.proxyType must be "socks4", "socks5" or "http", not ${format(proxyType)}`);
    const { proxyPort = DEFAULT_PORTS[proxyType] } = options;
    const proxyAddr = parseHost("proxy.proxyAddr", options.proxyAddr, HINTS);
    validateInteger("proxy.proxyPort", proxyPort, 1, 65_535);
    validateBoolean("proxy.proxyRdns", proxyRdns);
    validateCredentials(proxyType, proxyUsername, proxyPassword);
    this.proxyType = proxyType;
    this.proxyAddr = proxyAddr;
    this.proxyPort = proxyPort;
    this.proxyRdns = proxyRdns;
    this.proxyUsername = proxyUsername;
    this.proxyPassword = proxyPassword;
  }
}

/** Checks user name and password. Messages do not show them. */
function validateCredentials(type: ProxySettings["proxyType"], username: unknown, password: unknown): void {
  for (const [name, value] of Object.entries({ proxyUsername: username, proxyPassword: password })) {
    if (value === undefined) continue;
    if (typeof value !== "string")
      throw new TypeError(`proxy.${name} must be a string, not ${describeType(value)}`);
    if (value.includes("\0")) throw new TypeError(`proxy.${name} must not contain U+0000`);
    const size = Buffer.byteLength(value);
    if (type === "socks5" && (size === 0 || size > LONGEST_SOCKS5_CREDENTIAL))
      throw new RangeError(`proxy.${name} must have 1 to ${LONGEST_SOCKS5_CREDENTIAL} bytes, not ${size}`);
  }
  if (password !== undefined && username === undefined)
    throw new TypeError("proxy.proxyPassword needs a proxyUsername");
  if (password !== undefined && type === "socks4")
    throw new TypeError("proxy.proxyPassword is not for SOCKS 4, which knows a user name only");
  if (password === undefined && username !== undefined && type === "socks5")
    throw new TypeError("proxy.proxyUsername needs a proxyPassword with SOCKS 5");
  if (type === "http" && typeof username === "string" && username.includes(":"))
    throw new TypeError("proxy.proxyUsername must not contain a colon with HTTP"); // RFC 7617, section 2
}

/** Converts the settings for the addon. */
export function nativeProxy(proxy: ProxySettings): NativeProxy {
  return {
    kind: proxy.proxyType,
    host: proxy.proxyAddr,
    port: proxy.proxyPort,
    remoteNames: proxy.proxyRdns,
    username: proxy.proxyUsername ?? "",
    password: proxy.proxyPassword ?? "",
  };
}
