import type { NativeSource, NativeTls } from "../native/target.ts";
import { isBytes } from "../util/binary.ts";
import { format, type Members, validateMembers } from "../util/check.ts";
import type { Counterparts } from "../util/unknown-member.ts";
import { parsePassphrase, validateText } from "./tls-sources.ts";
import { parseTlsVersion, type TLSVersion } from "./tls-version.ts";

/** The members of `TLSParameters`. */
export interface TLSParametersOptions {
  /** A PEM file with the trusted CA certificates. Default: those that Node trusts. */
  caCerts?: string | undefined;
  /** A PEM file with the client's certificate and its chain. Default: none. */
  certfile?: string | undefined;
  /** A PEM file with the key. Default: `certfile`, which then has both. */
  keyfile?: string | undefined;
  /**
   * Whether the broker's certificate must be valid. For a client, `"optional"` means required, as in Python. `"none"`
   * is dangerous, because anybody can impersonate the broker. Default: `"required"`.
   */
  certReqs?: "required" | "optional" | "none" | undefined;
  /** The only version to use, as in aiomqtt. Default: 1.2 or 1.3. */
  tlsVersion?: TLSVersion | undefined;
  /** OpenSSL's list of ciphers, for TLS 1.2 and 1.3 alike. Default: OpenSSL's. */
  ciphers?: string | undefined;
  /** The passphrase of the key. */
  keyfilePassword?: string | undefined;
}

/** The names of the members of `TLSParametersOptions`. */
export const TLS_PARAMETERS: Members<TLSParametersOptions> = {
  caCerts: true,
  certfile: true,
  keyfile: true,
  certReqs: true,
  tlsVersion: true,
  ciphers: true,
  keyfilePassword: true,
};

const counterparts = (): Counterparts => ({
  alpnprotocols: "tlsContext.ALPNProtocols",
  ca: "caCerts, a file name",
  cafile: "caCerts",
  cert: "certfile, a file name",
  crl: "tlsContext.crl",
  key: "keyfile, a file name",
  maxversion: "tlsVersion",
  minversion: "tlsVersion",
  passphrase: "keyfilePassword",
  pfx: "tlsContext.pfx",
  rejectunauthorized: "certReqs",
  servername: "tlsContext.servername",
});

/**
 * TLS with certificates in files, as in aiomqtt. Each attempt to connect reads them, on a thread other than
 * JavaScript's. An unreadable file fails the attempt with the system's code. Plain objects of the same shape are
 * accepted too.
 */
export class TLSParameters {
  readonly caCerts: string | undefined;
  readonly certfile: string | undefined;
  readonly keyfile: string | undefined;
  readonly certReqs: "required" | "optional" | "none";
  readonly tlsVersion: TLSVersion | undefined;
  readonly ciphers: string | undefined;
  readonly keyfilePassword: string | undefined;

  /** @throws {TypeError | RangeError} naming the invalid member */
  constructor(options: TLSParametersOptions = {}) {
    validateMembers("tlsParams", options, TLS_PARAMETERS, counterparts);
    const { caCerts, certfile, keyfile, certReqs = "required", tlsVersion, ciphers } = options;
    for (const [name, value] of Object.entries({ caCerts, certfile, keyfile }))
      if (value !== undefined) validateFileName(`tlsParams.${name}`, value);
    if (ciphers !== undefined) validateText("tlsParams.ciphers", ciphers);
    if (certReqs !== "required" && certReqs !== "optional" && certReqs !== "none")
      throw new TypeError(
        `tlsParams.certReqs must be "required", "optional" or "none", not ${format(certReqs)}`,
      );
    if (tlsVersion !== undefined) parseTlsVersion("tlsParams.tlsVersion", tlsVersion);
    const keyfilePassword = parsePassphrase("tlsParams.keyfilePassword", options.keyfilePassword);
    for (const [name, value] of Object.entries({ keyfile, keyfilePassword }))
      if (value !== undefined && certfile === undefined)
        throw new TypeError(`tlsParams.${name} needs a certfile`);
    this.caCerts = caCerts;
    this.certfile = certfile;
    this.keyfile = keyfile;
    this.certReqs = certReqs;
    this.tlsVersion = tlsVersion;
    this.ciphers = ciphers;
    this.keyfilePassword = keyfilePassword;
  }
}

/** Checks a file name. Refuses file contents, which would be shown in the error of a missing file. */
function validateFileName(name: string, value: unknown): void {
  if (isBytes(value) || (typeof value === "string" && value.includes("-----BEGIN ")))
    throw new TypeError(`${name} must be the name of a file, not its contents, which tlsContext takes`);
  validateText(name, value);
}

/** Converts the parameters for the addon. */
export function tlsOfParameters(parameters: TLSParameters): NativeTls {
  const { caCerts, certfile, keyfile, keyfilePassword, tlsVersion, ciphers = "" } = parameters;
  const verify = parameters.certReqs !== "none";
  return {
    authorities: caCerts === undefined ? undefined : toSources(caCerts),
    revocations: [],
    partialChains: false,
    verify,
    verifyName: verify,
    certificates: toSources(certfile),
    keys: toSources(keyfile ?? certfile, keyfilePassword),
    pfx: [],
    serverName: undefined,
    ciphers,
    minVersion: parseTlsVersion("tlsVersion", tlsVersion ?? "TLSv1.2"),
    maxVersion: parseTlsVersion("tlsVersion", tlsVersion ?? "TLSv1.3"),
    protocols: [],
    // A file may be replaced, as certificates are before they expire.
    reload: caCerts !== undefined || certfile !== undefined,
  };
}

function toSources(file: string | undefined, passphrase?: string): NativeSource[] {
  return file === undefined ? [] : [{ file, passphrase }];
}
