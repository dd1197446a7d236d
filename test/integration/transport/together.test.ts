import { afterAll, beforeAll, expect, test } from "vitest";
import { Client } from "../../../lib/index.ts";
import type { ClientOptions } from "../../../lib/options/client-options.ts";
import { takeOne } from "../../support/messages.ts";
import { levels } from "../../support/protocols.ts";
import { Random } from "../../support/random.ts";
import { type Network, startNetwork } from "../../support/transport/network.ts";
import { relayed, straight, transports } from "../../support/transport/transports.ts";

// Clients over all transports at once, in one process.

let network: Network;
beforeAll(async () => {
  network = await startNetwork();
});
afterAll(() => network[Symbol.asyncDispose]());

const layouts = Object.values(transports);
const MESSAGES = 300;

/** Connects one client over each transport. */
function connectAll(makeOptions: (index: number) => ClientOptions = () => ({})): Promise<Client[]> {
  return Promise.all(
    layouts.map((layout, index) => {
      const { url, options } = straight(layout(network));
      return Client.connect(url, { ...options, ...makeOptions(index) });
    }),
  );
}

/** Publishes numbers from 0 on, padded to random sizes below `most`. */
async function publishNumbers(client: Client, topic: string, seed: number, most: number): Promise<void> {
  const random = new Random(seed);
  const publishes = Array.from({ length: MESSAGES }, (_, number) => {
    // Most of these need several TLS records or TCP segments.
    const payload = `${number} `.padEnd(random.below(most), ".");
    return client.publish(topic, payload, { qos: random.pick(levels) });
  });
  await Promise.all(publishes);
}

/** Takes all numbers in any order, because messages of different QoS may overtake each other. */
async function expectNumbers(client: Client): Promise<void> {
  const missing = new Set(Array.from({ length: MESSAGES }, (_, number) => number));
  while (missing.size > 0) {
    const text = (await takeOne(client)).text();
    expect(missing.delete(Number.parseInt(text, 10))).toBe(true);
    expect(text.replace(/^\d+ ?/, "")).toMatch(/^\.*$/);
  }
}

test("clients over all transports work at once while others connect and fail", async () => {
  const clients = await connectAll();
  await Promise.all(clients.map((client, index) => client.subscribe(`for/${index}`, { qos: 2 })));
  const comings = layouts.map(async (layout) => {
    const { target, relay } = await relayed(layout(network));
    await using _relay = relay;
    const client = new Client(target.url, target.options);
    for (let round = 0; round < 3; round++) {
      await client.connect();
      relay.cut();
      expect(await client.closed).toMatchObject({ code: "CONNECTION_LOST" });
    }
  });
  const work = clients.flatMap((client, index) => {
    const next = (index + 1) % clients.length;
    const most = layouts[next]!(network).isSlow ? 100 : 40_000;
    return [publishNumbers(client, `for/${next}`, index, most), expectNumbers(client)];
  });
  await Promise.all([...comings, ...work]);
  expect(clients.map(({ messages }) => messages.length)).toEqual(clients.map(() => 0));
  await Promise.all(clients.map((client) => client.disconnect()));
});

test("pings are sent and answered over every transport", async () => {
  const clients = await connectAll((index) => ({ identifier: `idle-${index}-`, keepalive: 1 }));
  for (const [index, client] of clients.entries()) {
    const ping = `Received PINGREQ from idle-${index}-\n`;
    await network.broker.said(new RegExp(`${ping}[^]*${ping}`)); // a second ping shows that the first was answered
    await client.publish("idle", "", { qos: 1 });
    await client.disconnect();
  }
});
