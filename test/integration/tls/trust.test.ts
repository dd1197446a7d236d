import { afterAll, beforeAll, expect, test } from "vitest";
import { type Ended, runChild } from "../../support/child.ts";
import { ScriptedBroker } from "../../support/scripted-broker.ts";
import { Authority } from "../../support/tls/authority.ts";

// The authorities that the client trusts by default are those of Node.

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

test("an authority is not trusted without NODE_EXTRA_CA_CERTS", async () => {
  const { lines } = await connecting({ NODE_EXTRA_CA_CERTS: undefined });
  expect(lines).toEqual(["UNABLE_TO_VERIFY_LEAF_SIGNATURE"]);
});

test("a missing file in NODE_EXTRA_CA_CERTS changes nothing", async () => {
  const { lines } = await connecting({ NODE_EXTRA_CA_CERTS: "/no/such/file" });
  expect(lines).toEqual(["UNABLE_TO_VERIFY_LEAF_SIGNATURE"]);
});

test("NODE_TLS_REJECT_UNAUTHORIZED does not turn verification off", async () => {
  const { lines } = await connecting({ NODE_TLS_REJECT_UNAUTHORIZED: "0" });
  expect(lines).toEqual(["UNABLE_TO_VERIFY_LEAF_SIGNATURE"]);
});
