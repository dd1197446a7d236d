import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Client, type DisconnectOptions } from "../../lib/index.ts";
import { kindsOfLayers } from "../support/layers.ts";
import { Relay } from "../support/relay.ts";
import { ScriptedBroker } from "../support/scripted-broker.ts";
import { Authority, type Identity } from "../support/tls/authority.ts";

// Brokers that neither read nor write nor close any more: disconnect ends all the same.

let root: Authority;
let server: Identity;
beforeAll(async () => {
  root = await Authority.create("root");
  server = await root.issue();
});
afterAll(() => root[Symbol.asyncDispose]());

const LARGE = Buffer.alloc(64 * 1024);
const HUGE = Buffer.alloc(20 * 1024 * 1024);
const backlog = (client: Client, qos: 0 | 1 | 2) =>
  Array.from({ length: 300 }, () => client.publish("t", LARGE, { qos }));

/** The calls of a program that are under way when it disconnects. */
const beginnings: Record<string, (client: Client) => Promise<unknown>[]> = {
  nothing: () => [],
  "a publish of QoS 0": (client) => [client.publish("t", "x")],
  "a huge publish of QoS 0": (client) => [client.publish("t", HUGE)],
  "a backlog of QoS 0": (client) => backlog(client, 0),
  "publishes of QoS 1 and 2": (client) => [
    client.publish("t", "x", { qos: 1 }),
    client.publish("t", "x", { qos: 2 }),
  ],
  "a backlog of QoS 1": (client) => backlog(client, 1),
  "a subscribe behind a backlog": (client) => [...backlog(client, 0), client.subscribe("t")],
};

/** In seconds: what a loaded machine may add. */
const SLACK = 1;

async function secondsToDisconnect(
  layers: string,
  begin: (client: Client) => Promise<unknown>[],
  options?: DisconnectOptions,
): Promise<number> {
  const at = kindsOfLayers[layers]!(server);
  await using broker = await ScriptedBroker.serving({}, at);
  const tls = at.tls ? { tlsContext: { ca: root.certificate } } : {};
  await using relay = await Relay.to(broker);
  const url = broker.url.replace(`:${broker.port}`, `:${relay.port}`);
  const client = await Client.connect(url, { ...tls, maxInflightMessages: 100 });
  relay.freeze();
  const calls = Promise.allSettled(begin(client));
  const begun = performance.now();
  await client.disconnect(options);
  const seconds = (performance.now() - begun) / 1000;
  await calls;
  return seconds;
}

describe.concurrent.each(Object.keys(kindsOfLayers))("%s, disconnecting from a frozen broker", (layers) => {
  test.each(Object.entries(beginnings))("after %s takes its timeout and a second", async (_name, begin) => {
    for (const timeout of [0, 1])
      expect(await secondsToDisconnect(layers, begin, { timeout })).toBeLessThan(timeout + 1 + SLACK);
  });

  test.each([
    "nothing",
    "a publish of QoS 0",
    "a huge publish of QoS 0",
    "a backlog of QoS 0",
    "a subscribe behind a backlog",
  ])("after %s takes four seconds at most by default", async (name) => {
    expect(await secondsToDisconnect(layers, beginnings[name]!)).toBeLessThan(4 + SLACK);
  });
});
