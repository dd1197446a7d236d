import { afterAll, beforeAll, expect, test } from "vitest";
import { Client, ProtocolVersion } from "../../lib/index.ts";
import type { Broker } from "../../scripts/broker.mjs";
import { startMosquitto } from "../support/mosquitto.ts";
import { combinations, levels } from "../support/protocols.ts";

const V5 = ProtocolVersion.V5;
const WINDOW = 1_000;

let broker: Broker;
beforeAll(async () => {
  // By default mosquitto drops queued messages, and has at most 20 in flight.
  broker = await startMosquitto({
    config: ["max_queued_messages 0", "max_queued_bytes 0", "max_inflight_messages 0"],
  });
});
afterAll(() => broker.stop());

/** Publishes numbers from 0 on, with WINDOW calls at once. */
async function publishNumbers(client: Client, topic: string, count: number, qos: 0 | 1 | 2): Promise<void> {
  let next = 0;
  const work = async () => {
    while (next < count) await client.publish(topic, next++, { qos });
  };
  await Promise.all(Array.from({ length: WINDOW }, work));
}

/** Takes `count` messages, which must be the numbers from 0 on, in order. */
async function expectNumbers(client: Client, count: number): Promise<void> {
  let expected = 0;
  for await (const message of client.messages) {
    const number = Number(message.text());
    if (number !== expected) expect.fail(`${number} came where ${expected} was expected`);
    expected++;
    if (expected === count) return;
  }
}

/** Expects the message that was published last; a duplicate would arrive after it. */
async function expectEnd(receiver: Client): Promise<void> {
  const { value } = await receiver.messages.next({ timeout: 10 });
  expect(value?.text()).toBe("end");
  expect(receiver.messages.length).toBe(0);
}

test.each(levels)(
  "100 000 messages at QoS %i arrive in order, without loss or duplicates",
  async (qos) => {
    const topic = `many/${qos}`;
    await using receiver = await Client.connect(broker.url);
    await receiver.subscribe(topic, { qos: 2 });
    await using sender = await Client.connect(broker.url, { maxInflightMessages: 200 });
    await Promise.all([publishNumbers(sender, topic, 100_000, qos), expectNumbers(receiver, 100_000)]);
    await sender.publish(topic, "end", { qos: 2 });
    await expectEnd(receiver);
  },
  60_000,
);

test.each(combinations)(
  "MQTT $name, QoS $qos: one client receives its own messages with default limits",
  async ({ protocol, qos }) => {
    const topic = `self/${protocol}/${qos}`;
    await using client = await Client.connect(broker.url, { protocol });
    await client.subscribe(topic, { qos: 2 });
    await Promise.all([publishNumbers(client, topic, 5_000, qos), expectNumbers(client, 5_000)]);
    await client.publish(topic, "end", { qos: 2 });
    await expectEnd(client);
  },
);

test.each(levels)(
  "eight clients at once receive each other's messages at QoS %i",
  async (qos) => {
    const clients = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        Client.connect(broker.url, { protocol: index % 2 ? V5 : ProtocolVersion.V311 }),
      ),
    );
    const resolveTopic = (index: number) => `ring/${qos}/${index % clients.length}`;
    await Promise.all(clients.map((client, index) => client.subscribe(resolveTopic(index), { qos: 2 })));
    await Promise.all(
      clients.flatMap((client, index) => [
        publishNumbers(client, resolveTopic(index + 1), 2_000, qos),
        expectNumbers(client, 2_000),
      ]),
    );
    await Promise.all(clients.map((client) => client.disconnect()));
    expect(clients.map(({ messages }) => messages.length)).toEqual(clients.map(() => 0));
  },
  60_000,
);

test("each subscriber receives a message once", async () => {
  const clients = await Promise.all(Array.from({ length: 10 }, () => Client.connect(broker.url)));
  await Promise.all(clients.map((client) => client.subscribe("all", { qos: 2 })));
  await using sender = await Client.connect(broker.url);
  await Promise.all([
    publishNumbers(sender, "all", 1_000, 2),
    ...clients.map((client) => expectNumbers(client, 1_000)),
  ]);
  await sender.publish("all", "end", { qos: 2 });
  for (const client of clients) {
    await expectEnd(client);
    await client.disconnect();
  }
});
