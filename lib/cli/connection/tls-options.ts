import type { Option } from "../frame/option.ts";
import { UsageError } from "../frame/usage-error.ts";
import type { ConnectionSettings } from "./settings.ts";

type ConnectionOption = Option<ConnectionSettings>;

const group = "TLS";
const VERSIONS = ["tlsv1.3", "tlsv1.2"];

/** Returns the flag for a text of the TLS settings. */
function text(
  name: "cafile" | "capath" | "cert" | "key" | "ciphers",
  value: string,
  summary: string,
  completion?: "file" | "folder",
): ConnectionOption {
  return {
    ...{ names: [`--${name}`], values: [value], summary, group },
    ...(completion === undefined ? {} : { completion }),
    apply(settings, [given = ""]) {
      settings.tls[name] = given;
    },
  };
}

/** Returns a flag of mosquitto's clients that cannot be had here. */
function unsupported(name: string, values: readonly string[], reason: string): ConnectionOption {
  return {
    ...{ names: [name], values, summary: `Not supported: ${reason}.`, group: "Not supported" },
    apply() {
      throw new UsageError(`${name} is not supported: ${reason}.`);
    },
  };
}

/** The flags about TLS, and those that are refused. */
export const tlsOptions: readonly ConnectionOption[] = [
  text("cafile", "FILE", "The certificates to trust, in one file. Turns TLS on.", "file"),
  text("capath", "FOLDER", "The certificates to trust, in the files of a folder. Turns TLS on.", "folder"),
  text("cert", "FILE", "The client's certificate and its chain.", "file"),
  text("key", "FILE", "The key of the client's certificate.", "file"),
  {
    names: ["--tls-use-os-certs"],
    summary: "Trusts the certificates of the system. Turns TLS on, as mqtts:// and port 8883 do.",
    group,
    apply(settings) {
      settings.tls.systemCertificates = true;
    },
  },
  {
    names: ["--insecure"],
    summary:
      "Accepts a certificate for another host. Any server with such a certificate can then be the broker.",
    group,
    apply(settings) {
      settings.tls.insecure = true;
    },
  },
  {
    names: ["--tls-version"],
    values: ["VERSION"],
    summary: "The only version of TLS to use: tlsv1.3 or tlsv1.2. Default: both.",
    group,
    completion: VERSIONS,
    apply(settings, [version = ""], name) {
      if (!VERSIONS.includes(version)) {
        throw new UsageError(`${name} must be ${VERSIONS.join(" or ")}, not '${version}'.`);
      }
      settings.tls.version = version;
    },
  },
  text("ciphers", "LIST", "The ciphers to use, as OpenSSL's list."),
  {
    names: ["--tls-alpn"],
    values: ["PROTOCOL"],
    summary: "The application protocol to ask for (ALPN).",
    group,
    apply(settings, [alpn = ""]) {
      settings.tls.alpn = alpn;
    },
  },
  unsupported("--psk", ["KEY"], "the client has no pre-shared keys"),
  unsupported("--psk-identity", ["IDENTITY"], "the client has no pre-shared keys"),
  unsupported("--tls-engine", ["ENGINE"], "the client has no OpenSSL engines"),
  unsupported("--tls-engine-kpass-sha1", ["HASH"], "the client has no OpenSSL engines"),
  unsupported("--keyform", ["FORM"], "keys must be PEM files"),
  unsupported("-S", [], "the client does not look up SRV records"),
];
