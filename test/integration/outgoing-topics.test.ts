import { expect, test } from "vitest";
import { Client, ProtocolVersion, type PublishOptions } from "../../lib/index.ts";
import { LONGEST_TOPIC, MOST_TOPICS } from "../../lib/outgoing/outgoing-topics.ts";
import { combinations } from "../support/protocols.ts";
import { ScriptedBroker } from "../support/scripted-broker.ts";
import type { ScriptedSession } from "../support/scripted-session.ts";

type QoS = NonNullable<PublishOptions["qos"]>;

const makeTopics = (name: string, count: number) => Array.from({ length: count }, (_, i) => `${name}/${i}`);

/** Publishes each topic's own name. */
async function publishAll(client: Client, topics: readonly string[], qos: QoS): Promise<void> {
  await Promise.all(topics.map((topic) => client.publish(topic, topic, { qos })));
}

/** Resolves with the number of messages after the client has disconnected. Each payload must be its own topic. */
async function received(session: ScriptedSession): Promise<number> {
  await session.waitFor("DISCONNECT");
  const messages = session.received.filter((packet) => packet.type === "PUBLISH");
  for (const { topic, payload } of messages) expect(payload.toString()).toBe(topic);
  return messages.length;
}

test.each(combinations)(
  "MQTT $name, QoS $qos: two clients with hundreds of topics mix up none of them",
  async ({ protocol, qos }) => {
    await using broker = await ScriptedBroker.serving();
    const clients = ["one", "two"].map((name) => ({ client: new Client(broker.url, { protocol }), name }));
    for (let connection = 0; connection < 2; connection++) {
      for (const { client } of clients) await client.connect();
      for (let round = 0; round < 3; round++)
        await Promise.all(clients.map(({ client, name }) => publishAll(client, makeTopics(name, 300), qos)));
      for (const { client } of clients) await client.disconnect();
      for (const _ of clients) expect(await received(await broker.accept())).toBe(900);
    }
  },
);

test("more topics than the cache holds, and long topics, are not mixed up", async () => {
  await using broker = await ScriptedBroker.serving();
  const client = await Client.connect(broker.url, { maxConcurrentOutgoingCalls: 50 });
  const used = makeTopics("used", 500);
  const long = makeTopics("l".repeat(1000), 3);
  const batches = [used, used, long, makeTopics("new", MOST_TOPICS), used, long, used];
  for (const [index, batch] of batches.entries()) await publishAll(client, batch, (index % 3) as QoS);
  await client.disconnect();
  expect(await received(await broker.accept())).toBe(batches.flat().length);
});

test("a getter of the options that publishes does not mix up topics", async () => {
  await using broker = await ScriptedBroker.serving();
  const client = await Client.connect(broker.url);
  await publishAll(client, makeTopics("kept", MOST_TOPICS), 0);
  await publishAll(client, makeTopics("kept", MOST_TOPICS), 0);
  const options = {
    get qos(): QoS {
      void client.publish("other", "other");
      return 0;
    },
  };
  await client.publish("kept/0", "kept/0", options);
  await client.publish("kept/1", "kept/1", options);
  await client.disconnect();
  expect(await received(await broker.accept())).toBeGreaterThan(2 * MOST_TOPICS + 2);
});

test.each(["short", "l".repeat(LONGEST_TOPIC + 1)])(
  "a getter of the payload that publishes does not mix up topics: %s",
  async (topic) => {
    await using broker = await ScriptedBroker.serving();
    const client = await Client.connect(broker.url);
    const other = `other/${topic}`;
    let untilOther = 0;
    class Chatty extends Uint8Array {
      override get length() {
        if (untilOther-- === 0) void client.publish(other, other);
        return super.length;
      }
    }
    // The client reads the length more than once, and the getter may publish between any two reads.
    for (let reads = 0; reads < 5; reads++) {
      await client.publish(topic, topic);
      untilOther = reads;
      await client.publish(topic, Chatty.from(Buffer.from(topic)));
    }
    await client.disconnect();
    expect(await received(await broker.accept())).toBeGreaterThan(10);
  },
);

test("an empty topic that was sent with an alias is refused without one", async () => {
  await using broker = await ScriptedBroker.serving({
    CONNECT: (_packet, session) =>
      session.send(session.packets.connack({ properties: { topicAliasMaximum: 1 } })),
  });
  const client = await Client.connect(broker.url, { protocol: ProtocolVersion.V5, topicAliases: "off" });
  const aliased = { properties: { topicAlias: 1 } };
  await client.publish("a", "a", aliased);
  for (let i = 0; i < 3; i++) {
    await client.publish("", "", aliased);
    await client.publish(`after/${i}`, `after/${i}`);
    await expect(client.publish("", "p")).rejects.toThrow(RangeError);
  }
  await client.disconnect();
  expect(await received(await broker.accept())).toBe(7);
});
