import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { TLSContextOptions, TLSVersion } from "mqtt-native";
import { UsageError } from "../frame/usage-error.ts";
import type { ConnectionSettings, TlsSettings } from "./settings.ts";

/** The port of MQTT over TLS, which turns TLS on. */
export const TLS_PORT = 8883;

/** Returns whether the flags ask for TLS. */
export const wantsTls = ({ tls, port }: ConnectionSettings): boolean =>
  tls.cafile !== undefined || tls.capath !== undefined || tls.systemCertificates || port === TLS_PORT;

/** Returns the TLS options of the client. It reads the files, and throws a `UsageError` if it cannot. */
export function toTlsContext(tls: TlsSettings): TLSContextOptions {
  const version = tls.version?.replace("tlsv", "TLSv") as TLSVersion | undefined;
  const usesSystem = tls.systemCertificates || (tls.cafile === undefined && tls.capath === undefined);
  const ca = [
    ...(tls.cafile === undefined ? [] : [read("--cafile", tls.cafile)]),
    ...(tls.capath === undefined ? [] : certificatesIn(tls.capath)),
    ...(usesSystem ? systemCertificates() : []),
  ];
  return {
    // Without certificates of the system, the client trusts those that Node.js trusts.
    ...(ca.length > 0 ? { ca } : {}),
    ...(tls.cert === undefined ? {} : { cert: read("--cert", tls.cert) }),
    ...(tls.key === undefined ? {} : { key: read("--key", tls.key) }),
    ...(tls.ciphers === undefined ? {} : { ciphers: tls.ciphers }),
    ...(version === undefined ? {} : { minVersion: version, maxVersion: version }),
    ...(tls.alpn === undefined ? {} : { ALPNProtocols: [tls.alpn] }),
  };
}

function read(flag: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(`${flag} cannot be read: ${error instanceof Error ? error.message : error}.`);
  }
}

/** Returns the certificates in the files of a folder, as `c_rehash` leaves them or not. */
function certificatesIn(folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    throw new UsageError(`--capath cannot be read: ${error instanceof Error ? error.message : error}.`);
  }
  return [...new Set(names.map((name) => readIfPossible(join(folder, name))))].filter(isCertificate);
}

const isCertificate = (text: string): boolean => text.includes("-----BEGIN CERTIFICATE-----");

/** Where systems have the certificates that they trust, in one file. */
const BUNDLES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
];

/** Returns the certificates that the system trusts; OpenSSL's variables replace them. */
function systemCertificates(): string[] {
  const { SSL_CERT_FILE, SSL_CERT_DIR } = process.env;
  const fromFolder = SSL_CERT_DIR ? SSL_CERT_DIR.split(":").flatMap(certificatesIn) : [];
  const files = SSL_CERT_FILE ? [SSL_CERT_FILE] : BUNDLES;
  const bundle = files.map(readIfPossible).find(isCertificate);
  return bundle === undefined ? fromFolder : [bundle, ...fromFolder];
}

function readIfPossible(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
