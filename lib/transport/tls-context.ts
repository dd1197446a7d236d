import type { NativeSource, NativeTls } from "../native/target.ts";
import { isBytes } from "../util/binary.ts";
import { describeType, format, type Members, validateBoolean, validateMembers } from "../util/check.ts";
import type { Counterparts } from "../util/unknown-member.ts";
import { type HostHints, parseHost } from "./host.ts";
import {
  type OneOrMore,
  type Pem,
  parsePassphrase,
  pemSource,
  pfxSource,
  toList,
  validateText,
} from "./tls-sources.ts";
import { parseTlsVersion, type TLSVersion } from "./tls-version.ts";

/**
 * TLS options with the names of Node's `tls.createSecureContext` and `tls.connect`. Certificates and keys are contents,
 * not file names. The constructor copies them, so later changes have no effect.
 */
export interface TLSContextOptions {
  /** The trusted CA certificates. Default: those that Node trusts. */
  ca?: OneOrMore<Pem> | undefined;
  /** The client's certificates, each followed by its chain; as many as keys. Default: none. */
  cert?: OneOrMore<Pem> | undefined;
  /** The keys of the certificates, in the same order. */
  key?: OneOrMore<Pem | { pem: Pem; passphrase?: string | undefined }> | undefined;
  /** The passphrase of each key and `pfx` without its own. Default: none. */
  passphrase?: string | undefined;
  /** Certificates with their keys, as PKCS #12. */
  pfx?: OneOrMore<Uint8Array | { buf: Uint8Array; passphrase?: string | undefined }> | undefined;
  /** Certificate revocation lists. With any, every certificate of the broker's chain is checked against them. */
  crl?: OneOrMore<Pem> | undefined;
  /** OpenSSL's list of ciphers, for TLS 1.2 and 1.3 alike. Default: OpenSSL's. */
  ciphers?: string | undefined;
  /** The lowest version. Default: `"TLSv1.2"`. Older versions are not supported. */
  minVersion?: TLSVersion | undefined;
  /** The highest version. Default: `"TLSv1.3"`. */
  maxVersion?: TLSVersion | undefined;
  /** The protocols to offer (ALPN), 1 to 255 bytes each. Default: none. */
  ALPNProtocols?: readonly (string | Uint8Array)[] | undefined;
  /** The server name for SNI and for the check of the certificate. Default: the host. */
  servername?: string | undefined;
  /**
   * Whether the broker's certificate must be valid. Dangerous when false, because anybody can impersonate the broker.
   * Default: true. The environment variable NODE_TLS_REJECT_UNAUTHORIZED has no effect.
   */
  rejectUnauthorized?: boolean | undefined;
  /** Whether an intermediate certificate in `ca` is trusted without its issuer. Default: false. */
  allowPartialTrustChain?: boolean | undefined;
}

/** The names of the members of `TLSContextOptions`. */
export const TLS_CONTEXT: Members<TLSContextOptions> = {
  ca: true,
  cert: true,
  key: true,
  passphrase: true,
  pfx: true,
  crl: true,
  ciphers: true,
  minVersion: true,
  maxVersion: true,
  ALPNProtocols: true,
  servername: true,
  rejectUnauthorized: true,
  allowPartialTrustChain: true,
};

const counterparts = (): Counterparts => ({
  cacerts: "ca, which has contents",
  cafile: "ca, which has contents",
  certfile: "cert, which has contents",
  certreqs: "rejectUnauthorized",
  checkserveridentity: "the option tlsInsecure",
  host: "servername",
  keyfile: "key, which has contents",
  keyfilepassword: "passphrase",
  secureprotocol: "minVersion and maxVersion",
  tlsversion: "minVersion and maxVersion",
});
const SERVERNAME_HINTS: HostHints = {
  port: "no port belongs here",
  slash: "of a URL only the host belongs here",
  at: "no user name belongs here",
};

/** Checks the option `tlsContext` and converts it for the addon. */
export function tlsOfContext(context: TLSContextOptions): NativeTls {
  if (typeof context === "object" && context !== null && Object.hasOwn(context, "context"))
    throw new TypeError("Option tlsContext takes the options of tls.createSecureContext, not its result");
  validateMembers("tlsContext", context, TLS_CONTEXT, counterparts);
  const { ciphers = "", servername, rejectUnauthorized = true, allowPartialTrustChain = false } = context;
  const { minVersion = "TLSv1.2", maxVersion = "TLSv1.3" } = context;
  if (ciphers !== "") validateText("tlsContext.ciphers", ciphers);
  validateBoolean("tlsContext.rejectUnauthorized", rejectUnauthorized);
  validateBoolean("tlsContext.allowPartialTrustChain", allowPartialTrustChain);
  const min = parseTlsVersion("tlsContext.minVersion", minVersion);
  const max = parseTlsVersion("tlsContext.maxVersion", maxVersion);
  if (min > max)
    throw new RangeError(
      `tlsContext.minVersion must not be above maxVersion, as ${format(minVersion)} is above ${format(maxVersion)}`,
    );
  return {
    authorities: context.ca === undefined ? undefined : pems("ca", context.ca),
    revocations: pems("crl", context.crl),
    partialChains: allowPartialTrustChain,
    verify: rejectUnauthorized,
    verifyName: rejectUnauthorized,
    ...resolveIdentities(context),
    serverName:
      servername === undefined ? undefined : parseHost("tlsContext.servername", servername, SERVERNAME_HINTS),
    ciphers,
    minVersion: min,
    maxVersion: max,
    protocols: parseProtocols(context.ALPNProtocols),
    reload: false,
  };
}

function pems(name: string, value: OneOrMore<Pem> | undefined): NativeSource[] {
  return toList(value).map((pem) => pemSource(`tlsContext.${name}`, pem));
}

/** Returns the client's certificates and keys. */
function resolveIdentities({ cert, key, pfx, passphrase }: TLSContextOptions) {
  const common = parsePassphrase("tlsContext.passphrase", passphrase);
  const certificates = pems("cert", cert);
  const keys = toList(key).map((each) => {
    if (!isObject(each)) return pemSource("tlsContext.key", each, common);
    validateMembers("tlsContext.key", each, { pem: true, passphrase: true });
    const own = parsePassphrase("tlsContext.key.passphrase", each.passphrase);
    return pemSource("tlsContext.key.pem", each.pem, own ?? common);
  });
  const both = toList(pfx).map((each) => {
    if (!isObject(each)) return pfxSource("tlsContext.pfx", each, common);
    validateMembers("tlsContext.pfx", each, { buf: true, passphrase: true });
    const own = parsePassphrase("tlsContext.pfx.passphrase", each.passphrase);
    return pfxSource("tlsContext.pfx.buf", each.buf, own ?? common);
  });
  if (certificates.length !== keys.length)
    throw new TypeError(
      `tlsContext must have as many keys as certificates, not ${keys.length} and ${certificates.length}`,
    );
  if (common !== undefined && keys.length + both.length === 0)
    throw new TypeError("tlsContext.passphrase needs a key or a pfx");
  return { certificates, keys, pfx: both };
}

/** Returns whether a value is a key or a `pfx` with a passphrase of its own. */
function isObject<T>(value: T): value is Exclude<T, string | Uint8Array> {
  return typeof value === "object" && value !== null && !isBytes(value);
}

function parseProtocols(protocols: unknown): Uint8Array[] {
  if (protocols === undefined) return [];
  if (!Array.isArray(protocols))
    throw new TypeError(`tlsContext.ALPNProtocols must be an array, not ${describeType(protocols)}`);
  return protocols.map((protocol: unknown) => {
    if (typeof protocol !== "string" && !isBytes(protocol))
      throw new TypeError(`tlsContext.ALPNProtocols must be strings or bytes, not ${format(protocol)}`);
    const bytes = new Uint8Array(Buffer.from(protocol));
    if (bytes.length < 1 || bytes.length > 255)
      throw new RangeError(
        `tlsContext.ALPNProtocols must have 1 to 255 bytes each, unlike ${format(protocol)}`,
      );
    return bytes;
  });
}
