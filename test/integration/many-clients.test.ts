import { expect, test } from "vitest";
import { Client, ProtocolVersion } from "../../lib/index.ts";
import { eventually } from "../support/eventually.ts";
import { takeOne } from "../support/messages.ts";
import { startMosquitto } from "../support/mosquitto.ts";
import { openSockets } from "../support/resources.ts";
import { ScriptedBroker } from "../support/scripted-broker.ts";

/** Milliseconds that a connect may take on loopback, for any client of the process. */
const LIMIT = 50;

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

const versions = Object.values(ProtocolVersion).filter((value) => typeof value === "number");

test.each(["mosquitto", "a scripted broker"])(
  "the hundredth client connects to %s as fast as the second",
  async (kind) => {
    await using broker = kind === "mosquitto" ? await startMosquitto() : await ScriptedBroker.serving();
    const clients: Client[] = [];
    const durations: number[] = [];
    for (let index = 0; index < 100; index++) {
      const begin = performance.now();
      clients.push(await Client.connect(broker.url, { protocol: versions[index % versions.length]! }));
      durations.push(performance.now() - begin);
    }
    // Medians tell a delay of every connect, such as a timer of the engine, from a single delay by the machine.
    expect(median(durations.slice(1, 11))).toBeLessThan(LIMIT);
    expect(median(durations.slice(-10))).toBeLessThan(LIMIT);
    await Promise.all(clients.map((client) => client.disconnect()));
  },
);

test("a hundred clients each receive their own messages", async () => {
  await using broker = await startMosquitto();
  const clients = await Promise.all(Array.from({ length: 100 }, () => Client.connect(broker.url)));
  await Promise.all(clients.map((client, index) => client.subscribe(`for/${index}`, { qos: 1 })));
  await Promise.all(
    clients.map((client, index) => {
      const next = (index + 1) % clients.length;
      return client.publish(`for/${next}`, next, { qos: 1 });
    }),
  );
  for (const [index, client] of clients.entries()) {
    const message = await takeOne(client);
    expect([message.topic.value, message.text()]).toEqual([`for/${index}`, String(index)]);
    expect(client.messages.length).toBe(0);
  }
  await Promise.all(clients.map((client) => client.disconnect()));
});

test("lost connections do not affect other clients", async () => {
  await using broker = await ScriptedBroker.serving();
  const clients: Client[] = [];
  for (let index = 0; index < 20; index++) clients.push(await Client.connect(broker.url));
  for (const session of broker.sessions.filter((_, index) => index % 2)) session.reset();
  const ends = await Promise.all(clients.filter((_, index) => index % 2).map(({ closed }) => closed));
  for (const end of ends) expect(end).toMatchObject({ code: "CONNECTION_LOST" });
  for (const client of clients.filter((_, index) => !(index % 2))) {
    await client.publish("t", "p", { qos: 2 });
    await client.disconnect();
  }
});

test("clients that connect and disconnect leave no socket behind", async () => {
  await using broker = await ScriptedBroker.serving();
  const sockets = openSockets();
  for (let round = 0; round < 20; round++) {
    const clients = await Promise.all(Array.from({ length: 20 }, () => Client.connect(broker.url)));
    await Promise.all(clients.map((client) => client.publish("t", "p", { qos: 1 })));
    await Promise.all(clients.map((client) => client.disconnect()));
  }
  await eventually(() => expect(openSockets()).toEqual(sockets));
});
