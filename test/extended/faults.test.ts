// Faults of the network and the broker, including changed bytes and killed brokers. The client must not crash, every
// call must end in time, and only messages that MQTT allows may be delivered.

import { expect, test } from "vitest";
import { Client, MqttError, ProtocolVersion } from "../../lib/index.ts";
import { addon } from "../../lib/native/binding.ts";
import { eventually } from "../support/eventually.ts";
import { startMosquitto } from "../support/mosquitto.ts";
import { Random } from "../support/random.ts";
import { forManySeeds, seconds } from "./effort.ts";
import { FaultyRelay, randomSchedule } from "./faulty-relay.ts";

const LEVELS = [0, 1, 2] as const;
const ignore = () => {};

/** Uses a connection in every way at once. Resolves when all calls have settled. */
async function use(client: Client, random: Random): Promise<void> {
  const topic = `faults/${random.below(1_000_000)}`;
  const calls: Promise<unknown>[] = [];
  const note = (call: Promise<unknown>) => {
    call.catch(ignore); // the outcome is checked below
    calls.push(call);
  };
  note(client.subscribe(`${topic}/#`, { qos: 2 }));
  for (let count = random.below(40); count > 0; count--) {
    const payload = Buffer.alloc(random.pick([0, 10, 1_000, 70_000]), count);
    note(client.publish(`${topic}/${count % 3}`, payload, { qos: random.pick(LEVELS) }));
    if (random.below(4) === 0) await new Promise((go) => setTimeout(go, random.below(5)));
  }
  note(client.unsubscribe(topic));
  note(client.messages.next({ timeout: 0.1 }));
  const outcomes = await Promise.allSettled(calls);
  for (const outcome of outcomes)
    if (outcome.status === "rejected") expect(outcome.reason).toBeInstanceOf(MqttError);
}

/** Milliseconds that work may take beyond its timeout on a busy machine. */
const PATIENCE = 20_000;

/** Rejects when the work does not end in time. */
async function inTime(work: Promise<unknown>, name: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${name} did not end`)), PATIENCE);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}

test(
  "random faults, including wrong bytes: every call settles, and no connection stays open",
  async () => {
    await using broker = await startMosquitto({ config: ["max_queued_messages 0"] });
    await forManySeeds("faults", async (seed) => {
      const random = new Random(seed);
      await using relay = await FaultyRelay.to(broker, () => randomSchedule(random, { corrupting: true }));
      const client = new Client(relay.url, {
        protocol: random.pick([ProtocolVersion.V31, ProtocolVersion.V311, ProtocolVersion.V5]),
        timeout: random.pick([0.1, 0.5, 1]),
        identifier: `faults-${seed}`,
      });
      for (let round = 0; round < 5; round++) {
        await inTime(
          client.connect().then(
            () => use(client, random),
            (error) => expect(error).toBeInstanceOf(MqttError),
          ),
          "a round",
        );
        await inTime(client.disconnect({ timeout: 0 }), "disconnect");
      }
      expect(client.statistics).toMatchObject({ pendingCalls: 0, queuedOutgoing: 0, inflight: 0 });
    });
    await eventually(() => expect(addon.liveObjectCounts()[1]).toBe(0), 10_000);
  },
  seconds * 1_000 + 60_000,
);

test("clients connect again after a broker is killed amid traffic and started again", async () => {
  const rounds = Math.max(2, Math.min(20, seconds / 2));
  let broker = await startMosquitto();
  const { port } = broker;
  const clients = Array.from(
    { length: 5 },
    () => new Client("127.0.0.1", port, { timeout: 2, maxInflightMessages: 50 }),
  );
  for (let round = 0; round < rounds; round++) {
    const random = new Random(round);
    await Promise.all(clients.map((client) => client.connect({ timeout: 20 })));
    const work = Promise.all(clients.map((client) => use(client, random)));
    await new Promise((go) => setTimeout(go, random.below(30)));
    broker.kill("SIGKILL");
    await inTime(Promise.all(clients.map(({ closed }) => closed)), "noticing the broker's death");
    await inTime(work, "the calls");
    for (const client of clients) {
      expect(client.connected).toBe(false);
      await expect(client.publish("t", "p")).rejects.toMatchObject({ code: "NOT_CONNECTED" });
    }
    await broker.stop();
    broker = await startMosquitto({ port });
  }
  await Promise.all(clients.map((client) => client.connect({ timeout: 20 })));
  await Promise.all(clients.map((client) => client.publish("t", "all is well", { qos: 2, timeout: 20 })));
  await Promise.all(clients.map((client) => client.disconnect()));
  await broker.stop();
}, 120_000);

test("a broker that pauses and goes on receives every publish", async () => {
  await using broker = await startMosquitto();
  await using client = await Client.connect(broker.url, { timeout: 20 });
  broker.kill("SIGSTOP");
  const calls = Array.from({ length: 100 }, (_, index) =>
    client.publish("t", index, { qos: LEVELS[index % 3]! }),
  );
  const givenUp = client.publish("t", "given up", { qos: 1, timeout: 0.05 });
  await expect(givenUp).rejects.toMatchObject({ code: "TIMEOUT" });
  broker.kill("SIGCONT");
  await Promise.all(calls);
  await client.disconnect().catch(ignore);
});
