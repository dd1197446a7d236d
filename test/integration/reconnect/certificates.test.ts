import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Client } from "../../../lib/index.ts";
import { ScriptedBroker } from "../../support/scripted-broker.ts";
import type { ScriptedSession } from "../../support/scripted-session.ts";
import { Authority, type Identity } from "../../support/tls/authority.ts";

// Certificates that change between attempts.

let root: Authority;
let server: Identity;
let first: Identity;
let second: Identity;
let folder: string;
beforeAll(async () => {
  root = await Authority.create("root");
  server = await root.issue();
  first = await root.issue({ name: "first", purpose: "client", names: [] });
  second = await root.issue({ name: "second", purpose: "client", names: [] });
  folder = await mkdtemp(join(tmpdir(), "certificates-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await root[Symbol.asyncDispose]();
});

const tlsSocket = ({ stream }: ScriptedSession) => stream as TLSSocket;

/** Connects again and again. Returns the name in each client certificate, and whether the session was resumed. */
async function connects(
  broker: ScriptedBroker,
  client: Client,
  count: number,
  between: (round: number) => Promise<void>,
): Promise<[name: unknown, isResumed: boolean][]> {
  const found: [unknown, boolean][] = [];
  for (let round = 0; round < count; round++) {
    await between(round);
    await client.connect();
    await client.publish("so that", "its ticket has come", { qos: 1 });
    const tls = tlsSocket(await broker.accept());
    found.push([tls.getPeerCertificate().subject?.CN, tls.isSessionReused()]);
    await client.disconnect();
  }
  return found;
}

describe.each(["TLSv1.2", "TLSv1.3"] as const)("with %s", (maxVersion) => {
  const start = () =>
    ScriptedBroker.serving(
      {},
      {
        tls: {
          key: server.key,
          cert: server.chain,
          ca: root.certificate,
          requestCert: true,
          rejectUnauthorized: true,
          maxVersion,
        },
      },
    );

  test("files are read at each attempt, and the session is resumed while they have not changed", async () => {
    await using broker = await start();
    const certfile = join(folder, `${maxVersion}.pem`);
    const keyfile = join(folder, `${maxVersion}.key`);
    const use = async ({ chainFile, keyFile }: Identity) => {
      await copyFile(chainFile, certfile);
      await copyFile(keyFile, keyfile);
    };
    const client = new Client(broker.url, {
      tlsParams: { caCerts: root.certificateFile, certfile, keyfile },
    });
    const found = await connects(broker, client, 4, (round) =>
      round % 2 === 0 ? use(round === 0 ? first : second) : Promise.resolve(),
    );
    expect(found).toEqual([
      ["first", false],
      ["first", true],
      ["second", false],
      ["second", true],
    ]);
  });

  test("a function chooses the certificates of each attempt", async () => {
    await using broker = await start();
    let identity = first;
    const client = new Client(broker.url, {
      tlsContext: async () => ({ ca: root.certificate, cert: identity.chain, key: identity.key }),
    });
    const found = await connects(broker, client, 4, async (round) => {
      identity = round < 2 ? first : second;
    });
    expect(found).toEqual([
      ["first", false],
      ["first", true],
      ["second", false],
      ["second", true],
    ]);
  });
});

test("a file that is missing fails its attempt only", async () => {
  await using broker = await ScriptedBroker.serving({}, { tls: { key: server.key, cert: server.chain } });
  const caCerts = join(folder, "ca.pem");
  await using client = new Client(broker.url, { tlsParams: { caCerts } });
  await expect(client.connect()).rejects.toMatchObject({ code: "ENOENT" });
  await copyFile(root.certificateFile, caCerts);
  await client.connect();
  await client.disconnect();
  await rm(caCerts);
  await expect(client.connect()).rejects.toMatchObject({ code: "ENOENT" });
});
