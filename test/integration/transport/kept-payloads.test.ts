import { afterAll, beforeAll, expect, test } from "vitest";
import { Client } from "../../../lib/index.ts";
import { kindsOfLayers } from "../../support/layers.ts";
import { ScriptedBroker } from "../../support/scripted-broker.ts";
import { Authority, type Identity } from "../../support/tls/authority.ts";

// Payloads that a broker does not read are kept once, over every transport. The tests run one after the other in a
// process of their own, because they measure the memory of the whole process.

let root: Authority;
let server: Identity;
beforeAll(async () => {
  root = await Authority.create("root");
  server = await root.issue();
});
afterAll(() => root[Symbol.asyncDispose]());

const MEGABYTE = Buffer.alloc(1_000_000, "m");
const COUNT = 50;

test.each(Object.entries(kindsOfLayers))("%s: unread payloads are kept once", async (_name, allLayers) => {
  const layers = allLayers(server);
  await using deaf = await ScriptedBroker.serving({}, layers);
  await using other = await ScriptedBroker.serving({}, layers);
  const options = {
    maxInflightMessages: COUNT,
    ...(layers.tls && { tlsContext: { ca: root.certificate } }),
  };
  await using client = await Client.connect(deaf.url, options);
  await using bystander = await Client.connect(other.url, options);
  const session = await deaf.accept();
  session.pause();
  const before = process.memoryUsage().rss;
  const publishes = Array.from({ length: COUNT }, () => client.publish("t", MEGABYTE, { qos: 1 }));
  // Meanwhile the send thread continues to write to the connection.
  for (let i = 0; i < 100; i++) await bystander.publish("t", "meanwhile", { qos: 2 });
  const grown = process.memoryUsage().rss - before;
  session.resume();
  await Promise.all(publishes);
  expect(grown).toBeLessThan(1.5 * COUNT * MEGABYTE.length);
});
