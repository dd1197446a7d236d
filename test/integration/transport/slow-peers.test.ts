import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Client } from "../../../lib/index.ts";
import { kindsOfLayers, type Layers } from "../../support/layers.ts";
import { ScriptedBroker } from "../../support/scripted-broker.ts";
import { Authority, type Identity } from "../../support/tls/authority.ts";

// Brokers that stop reading, or read slowly.

let root: Authority;
let server: Identity;
beforeAll(async () => {
  root = await Authority.create("root");
  server = await root.issue();
});
afterAll(() => root[Symbol.asyncDispose]());

const MEGABYTE = Buffer.alloc(1_000_000, "m");

/** The options of a client; TLS needs the authority. */
const makeOptions = ({ tls }: Layers) => (tls ? { tlsContext: { ca: root.certificate } } : {});

describe.concurrent.each(Object.entries(kindsOfLayers))("%s", (_name, allLayers) => {
  test("keepalive detects a broker that stops reading, and other clients do not wait for it", async () => {
    const layers = allLayers(server);
    await using deaf = await ScriptedBroker.serving({}, layers);
    await using other = await ScriptedBroker.serving({}, layers);
    const options = makeOptions(layers);
    await using client = await Client.connect(deaf.url, { ...options, keepalive: 1, timeout: 60 });
    await using bystander = await Client.connect(other.url, options);
    (await deaf.accept()).pause();
    const begin = performance.now();
    const publishes = Array.from({ length: 50 }, (_, index) =>
      client.publish("t", MEGABYTE, { qos: index % 2 ? 1 : 0 }),
    );
    const outcomes = Promise.allSettled(publishes);
    let lost = false;
    const closed = client.closed.finally(() => {
      lost = true;
    });
    while (!lost) await bystander.publish("t", "meanwhile", { qos: 2 });
    expect(await closed).toMatchObject({ code: "CONNECTION_LOST" });
    expect(performance.now() - begin).toBeLessThan(10_000);
    const failed = (await outcomes).filter(({ status }) => status === "rejected");
    expect(failed.length).toBeGreaterThanOrEqual(25); // at least all of QoS 1
    await client.connect();
    await client.publish("t", "again", { qos: 1 });
  });

  test("a broker that pauses receives everything in the end", async () => {
    const layers = allLayers(server);
    await using broker = await ScriptedBroker.serving({}, layers);
    await using client = await Client.connect(broker.url, makeOptions(layers));
    const session = await broker.accept();
    session.pause();
    const publishes = Array.from({ length: 30 }, (_, index) =>
      client.publish(`t/${index}`, MEGABYTE, { qos: 1 }),
    );
    for (let round = 0; round < 30; round++) {
      session.resume();
      const { topic, payload } = await session.waitFor("PUBLISH");
      session.pause();
      expect(topic).toBe(`t/${round}`);
      expect(payload.equals(MEGABYTE)).toBe(true);
    }
    session.resume();
    await Promise.all(publishes);
  });
});
