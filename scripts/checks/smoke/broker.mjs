// A broker for the programs of the smoke test, with and without TLS.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startBroker } from "../../broker.mjs";
import { run } from "../../setup/run.mjs";

/** Runs `work` with what the programs have to know of the broker in their environment. */
export async function withBroker(work) {
  const folder = mkdtempSync(join(tmpdir(), "mqtt-native-smoke-tls-"));
  try {
    const certificates = await makeCertificates(folder);
    const plain = await startBroker();
    const secure = await startBroker({
      config: [`certfile ${certificates.certificate}`, `keyfile ${certificates.key}`],
    });
    const urls = [plain.url, `mqtts://localhost:${secure.port}`];
    try {
      return await work({ SMOKE_URLS: urls.join(" "), SMOKE_CA: certificates.authority });
    } finally {
      await Promise.all([plain.stop(), secure.stop()]);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** An authority, and a certificate of localhost that it has signed. */
async function makeCertificates(folder) {
  const [authority, authorityKey, certificate, key] = ["ca.pem", "ca.key", "server.pem", "server.key"].map(
    (name) => join(folder, name),
  );
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc"];
  const issue = (subject, ...more) => run("openssl", ["req", "-x509", ...newKey, "-subj", subject, ...more]);
  await issue("/CN=Smoke test", "-keyout", authorityKey, "-out", authority);
  const signed = ["-CA", authority, "-CAkey", authorityKey, "-addext", "subjectAltName=DNS:localhost"];
  await issue("/CN=localhost", "-keyout", key, "-out", certificate, ...signed);
  return { authority, certificate, key };
}
