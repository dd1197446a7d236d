import { addon } from "../native/binding.ts";
import type { NativeTls } from "../native/target.ts";

let isProvided = false;

/** Tells the engine what Node trusts, at the first connect that depends on it. */
export function provideDefaultCertificates({ authorities, verify }: NativeTls): void {
  if (isProvided || authorities !== undefined || !verify) return;
  isProvided = true;
  addon.setDefaultCertificates(nodesAuthorities().join("\n"));
}

/** PEM, each of them one or more. The modules are big, and most programs do without TLS: they are loaded only now. */
function nodesAuthorities(): readonly string[] {
  const tls: typeof import("node:tls") & {
    getCACertificates?: (type: "default") => readonly string[]; // from Node 22.15 on
  } = process.getBuiltinModule("node:tls");
  return tls.getCACertificates?.("default") ?? [...tls.rootCertificates, ...extraAuthorities()];
}

/** As Node reads them itself: up to the first that is none. What it cannot read it has warned of. */
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
