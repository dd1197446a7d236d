import { addon } from "../native/binding.ts";
import type { NativeTls } from "../native/target.ts";

let isProvided = false;

/** Passes Node's CA certificates to the addon, at the first connect that needs them. */
export function provideDefaultCertificates({ authorities, verify }: NativeTls): void {
  if (isProvided || authorities !== undefined || !verify) return;
  isProvided = true;
  addon.setDefaultCertificates(nodesAuthorities().join("\n"));
}

/** Returns PEM texts of one or more certificates. Large modules are loaded here, because most programs need no TLS. */
function nodesAuthorities(): readonly string[] {
  const tls: typeof import("node:tls") & {
    getCACertificates?: (type: "default") => readonly string[]; // from Node 22.15 on
  } = process.getBuiltinModule("node:tls");
  return tls.getCACertificates?.("default") ?? [...tls.rootCertificates, ...extraAuthorities()];
}

/** Reads NODE_EXTRA_CA_CERTS as Node does: up to the first invalid one. Node has warned of unreadable files. */
function extraAuthorities(): string[] {
  const { NODE_EXTRA_CA_CERTS: file } = process.env;
  const found: string[] = [];
  if (!file) return found;
  try {
    const { readFileSync } = process.getBuiltinModule("node:fs");
    const { X509Certificate } = process.getBuiltinModule("node:crypto");
    for (const [pem] of readFileSync(file, "latin1").matchAll(CERTIFICATE)) {
      new X509Certificate(pem);
      found.push(pem);
    }
  } catch {}
  return found;
}

const CERTIFICATE = /-----BEGIN ((?:X509 )?CERTIFICATE)-----[^-]*-----END \1-----/g;
