import { afterAll, beforeAll, expect, test } from "vitest";
import { type Ended, runChild } from "../../support/child.ts";
import { ScriptedBroker } from "../../support/scripted-broker.ts";
import { Authority } from "../../support/tls/authority.ts";

// Whom we trust when nobody says so: whom Node trusts.

let root: Authority;
let broker: ScriptedBroker;
beforeAll(async () => {
  root = await Authority.create("root");
  const { key, chain: cert } = await root.issue();
  broker = await ScriptedBroker.serving({}, { tls: { key, cert } });
});
afterAll(async () => {
  await broker.stop();
  await root[Symbol.asyncDispose]();
});

const connecting = (env: NodeJS.ProcessEnv): Promise<Ended> => runChild("trust.mjs", [broker.url], [], env);

test("an authority in NODE_EXTRA_CA_CERTS is trusted", async () => {
  const ended = await connecting({ NODE_EXTRA_CA_CERTS: root.certificateFile });
  expect(ended).toMatchObject({ lines: ["connected"], stderr: "" });
});

test("without it, that authority is not", async () => {
  const { lines } = await connecting({ NODE_EXTRA_CA_CERTS: undefined });
  expect(lines).toEqual(["UNABLE_TO_VERIFY_LEAF_SIGNATURE"]);
});

test("a file that is not there changes nothing", async () => {
  const { lines } = await connecting({ NODE_EXTRA_CA_CERTS: "/no/such/file" });
  expect(lines).toEqual(["UNABLE_TO_VERIFY_LEAF_SIGNATURE"]);
});

test("no environment variable turns verification off", async () => {
  const { lines } = await connecting({ NODE_TLS_REJECT_UNAUTHORIZED: "0" });
  expect(lines).toEqual(["UNABLE_TO_VERIFY_LEAF_SIGNATURE"]);
});
