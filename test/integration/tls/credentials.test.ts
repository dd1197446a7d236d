import { createPrivateKey } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ClientOptions } from "../../../lib/index.ts";
import { ScriptedBroker } from "../../support/scripted-broker.ts";
import { Authority, type Identity, makePfx } from "../../support/tls/authority.ts";
import { clientVerdict, nodeVerdict } from "../../support/tls/verdicts.ts";

// The client's certificates and keys, in memory and in files: valid forms, and errors with Node's codes.

let root: Authority;
let us: Identity;
let broker: ScriptedBroker;
let directory: string;
beforeAll(async () => {
  root = await Authority.create("root");
  const { key, chain } = await root.issue();
  us = await root.issue({ purpose: "client", names: [] });
  directory = await mkdtemp(join(tmpdir(), "mqtt-native-credentials-"));
  const tls = { key, cert: chain, ca: root.certificate, requestCert: true, rejectUnauthorized: true };
  broker = await ScriptedBroker.serving({}, { tls });
});
afterAll(async () => {
  await broker.stop();
  await rm(directory, { recursive: true });
  await root[Symbol.asyncDispose]();
});

type Context = NonNullable<ClientOptions["tlsContext"]>;

/** The client's key, encrypted. */
const locked = (passphrase: string) =>
  createPrivateKey(us.key)
    .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase })
    .toString();

async function verdicts(context: Context) {
  const options = { ca: root.certificate, ...context };
  return {
    client: await clientVerdict(broker.url, { tlsContext: options }),
    node: await nodeVerdict({ host: "127.0.0.1", port: broker.port, ...(options as object) }),
  };
}

const garbage = "-----BEGIN CERTIFICATE-----\nbm8gY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n";
const garbageKey = "-----BEGIN PRIVATE KEY-----\nbm8ga2V5\n-----END PRIVATE KEY-----\n";

describe("tlsContext", () => {
  const right: Record<string, () => Context | Promise<Context>> = {
    texts: () => ({ cert: us.chain, key: us.key }),
    bytes: () => ({
      cert: Buffer.from(us.chain),
      key: Buffer.from(us.key),
      ca: Buffer.from(root.certificate),
    }),
    lists: () => ({ cert: [us.chain], key: [us.key], ca: [root.certificate] }),
    "a key with a passphrase": () => ({ cert: us.chain, key: locked("open"), passphrase: "open" }),
    "a key with a passphrase of its own": () => ({
      cert: us.chain,
      key: [{ pem: locked("open"), passphrase: "open" }],
    }),
    "an unneeded passphrase": () => ({ cert: us.chain, key: us.key, passphrase: "open" }),
    "an empty passphrase": () => ({ cert: us.chain, key: locked(""), passphrase: "" }),
    "a PFX": async () => ({ pfx: await makePfx(us, "open"), passphrase: "open" }),
    "a PFX with a passphrase of its own": async () => ({
      pfx: [{ buf: await makePfx(us, "open"), passphrase: "open" }],
    }),
    "a PFX with an empty passphrase": async () => ({ pfx: await makePfx(us, ""), passphrase: "" }),
  };
  test.each(Object.entries(right))("tlsContext accepts %s", async (_what, context) => {
    expect(await verdicts(await context())).toEqual({ client: "accepted", node: "accepted" });
  });

  const wrong: Record<string, () => Context | Promise<Context>> = {
    "the wrong passphrase": () => ({ cert: us.chain, key: locked("open"), passphrase: "shut" }),
    "the key of another certificate": async () => ({ cert: us.chain, key: (await root.issue()).key }),
    "an invalid certificate": () => ({ cert: garbage, key: us.key }),
    "an invalid key": () => ({ cert: us.chain, key: garbageKey }),
    "a key instead of a certificate": () => ({ cert: us.key, key: us.key }),
    "a certificate instead of a key": () => ({ cert: us.chain, key: us.certificate }),
  };
  test.each(Object.entries(wrong))("tlsContext refuses %s with Node's code", async (_what, context) => {
    const { client, node } = await verdicts(await context());
    expect(client).toBe(node);
    expect(client).toMatch(/^ERR_/);
  });

  // Node has no code for these errors, or a less specific one.
  const wrongToo: Record<string, [code: string, () => Context | Promise<Context>]> = {
    "an encrypted key without a passphrase": [
      "ERR_MISSING_PASSPHRASE",
      () => ({ cert: us.chain, key: locked("open") }),
    ],
    "a PFX without its passphrase": [
      "ERR_MISSING_PASSPHRASE",
      async () => ({ pfx: await makePfx(us, "open") }),
    ],
    "a PFX with the wrong passphrase": [
      "ERR_OSSL_PKCS12_MAC_VERIFY_FAILURE",
      async () => ({ pfx: await makePfx(us, "open"), passphrase: "shut" }),
    ],
    "an invalid PFX": ["ERR_OSSL_ASN1_NOT_ENOUGH_DATA", () => ({ pfx: Buffer.from("no PFX") })],
    "an invalid revocation list": ["ERR_OSSL_PEM_NO_START_LINE", () => ({ crl: garbage })],
    "an invalid authority": [expect.stringMatching(/^ERR_OSSL_ASN1_/), () => ({ ca: garbage })],
  };
  test.each(Object.entries(wrongToo))("tlsContext refuses %s", async (_what, [code, context]) => {
    const { client, node } = await verdicts(await context());
    expect(client).toEqual(code);
    expect(node).not.toBe("accepted");
  });
});

describe("tlsParams", () => {
  const verdict = (tlsParams: object) =>
    clientVerdict(broker.url, { tlsParams: { caCerts: root.certificateFile, ...tlsParams } });

  async function writeTemporary(contents: string): Promise<string> {
    const path = join(directory, "file");
    await writeFile(path, contents);
    return path;
  }

  test("tlsParams: certificate and key in two files are accepted", async () => {
    expect(await verdict({ certfile: us.chainFile, keyfile: us.keyFile })).toBe("accepted");
  });

  test("tlsParams: certificate and key in one file are accepted", async () => {
    expect(await verdict({ certfile: await writeTemporary(us.key + us.chain) })).toBe("accepted");
  });

  test("tlsParams: an encrypted key needs its passphrase", async () => {
    const keyfile = await writeTemporary(locked("open"));
    expect(await verdict({ certfile: us.chainFile, keyfile, keyfilePassword: "open" })).toBe("accepted");
    expect(await verdict({ certfile: us.chainFile, keyfile, keyfilePassword: "shut" })).toBe(
      "ERR_OSSL_BAD_DECRYPT",
    );
    expect(await verdict({ certfile: us.chainFile, keyfile })).toMatch(/^ERR_/);
  });

  test.each(["caCerts", "certfile", "keyfile"])("tlsParams: %s must be a file", async (name) => {
    const files = { certfile: us.chainFile, keyfile: us.keyFile };
    expect(await verdict({ ...files, [name]: join(directory, "absent") })).toBe("ENOENT");
    expect(await verdict({ ...files, [name]: directory })).toBe("EISDIR");
  });

  test.each(["caCerts", "certfile", "keyfile"])("tlsParams: %s must contain PEM", async (name) => {
    const files = { certfile: us.chainFile, keyfile: us.keyFile };
    expect(await verdict({ ...files, [name]: await writeTemporary("something else") })).toMatch(/^ERR_OSSL_/);
  });
});
