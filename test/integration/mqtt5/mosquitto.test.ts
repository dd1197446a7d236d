import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { Client, type ClientOptions, ProtocolVersion } from "../../../lib/index.ts";
import { connected } from "../../support/connected.ts";
import { take, takeOne } from "../../support/messages.ts";
import { startMosquitto } from "../../support/mosquitto.ts";
import { v5 } from "../../support/packets.ts";
import { Relay } from "../../support/relay.ts";
import { silence } from "../../support/scripted-answers.ts";

const V5 = { protocol: ProtocolVersion.V5 } as const;
const lasting = (identifier: string): ClientOptions => ({
  ...V5,
  identifier,
  properties: { sessionExpiryInterval: 60 },
});

test("shared subscriptions: each message goes to one client of the group", async () => {
  await using broker = await startMosquitto();
  await using one = await Client.connect(broker.url, V5);
  await using two = await Client.connect(broker.url, V5);
  await using sender = await Client.connect(broker.url, V5);
  for (const client of [one, two]) await client.subscribe("$share/workers/jobs/#", { qos: 1 });
  await Promise.all(Array.from({ length: 100 }, (_, i) => sender.publish(`jobs/${i}`, `${i}`, { qos: 1 })));
  const received: string[] = [];
  const collect = async (client: Client) => {
    while (received.length < 100) {
      const { value } = await client.messages.next({ timeout: 0.5 }).catch(() => ({ value: undefined }));
      if (value === undefined) return;
      received.push(value.text());
    }
  };
  await Promise.all([collect(one), collect(two)]);
  const inOrder = received.map(Number).toSorted((a, b) => a - b);
  expect(inOrder).toEqual(Array.from({ length: 100 }, (_, i) => i));
});

test("subscription identifiers: a message carries those of its matching subscriptions", async () => {
  await using broker = await startMosquitto();
  await using client = await Client.connect(broker.url, V5);
  await client.subscribe("a/#", { properties: { subscriptionIdentifier: 1 } });
  await client.subscribe("a/+", { properties: { subscriptionIdentifier: 300 } });
  await client.publish("a/b", "x");
  const first = await takeOne(client);
  const identifiers = [...(first.properties?.subscriptionIdentifiers ?? [])];
  if (identifiers.length === 1)
    // A broker may send one message for each subscription (MQTT 5, section 3.3.4).
    identifiers.push(...((await takeOne(client)).properties?.subscriptionIdentifiers ?? []));
  expect(identifiers.toSorted((a, b) => a - b)).toEqual([1, 300]);
});

test("request and response: properties arrive as they were sent", async () => {
  await using broker = await startMosquitto();
  await using client = await Client.connect(broker.url, V5);
  await client.subscribe("requests");
  const properties = {
    responseTopic: "answers",
    correlationData: Buffer.of(1, 0, 2),
    payloadFormatIndicator: true,
    contentType: "text/plain",
    userProperties: [
      ["k", "1"],
      ["k", "2"],
    ] as const,
  };
  await client.publish("requests", "q", { properties });
  expect((await takeOne(client)).properties).toEqual(properties);
});

test("message expiry: an expired message is not delivered, and another has its remaining time", async () => {
  await using broker = await startMosquitto();
  await using sender = await Client.connect(broker.url, V5);
  await using client = await Client.connect(broker.url, lasting("sleeper"));
  await client.subscribe("mail", { qos: 1 });
  await client.disconnect();
  for (const messageExpiryInterval of [1, 60])
    await sender.publish("mail", `${messageExpiryInterval}`, {
      qos: 1,
      properties: { messageExpiryInterval },
    });
  await delay(2_100);
  await client.connect();
  const message = await takeOne(client);
  expect(message.text()).toBe("60");
  expect(message.properties?.messageExpiryInterval).toBeLessThan(60);
});

test("will delay: a client that connects again in time has no will published", async () => {
  await using broker = await startMosquitto();
  await using relay = await Relay.to(broker);
  await using watcher = await Client.connect(broker.url, V5);
  await watcher.subscribe("wills");
  const will = {
    topic: "wills",
    payload: "gone",
    properties: { willDelayInterval: 1, contentType: "text/plain" },
  };
  await using client = await Client.connect(relay.url, { ...lasting("mortal"), will });
  relay.cut();
  await client.closed;
  await client.connect();
  await expect(watcher.messages.next({ timeout: 1.6 })).rejects.toMatchObject({ code: "TIMEOUT" });
  relay.cut();
  await client.closed;
  const message = await takeOne(watcher);
  expect(message).toMatchObject({ properties: { contentType: "text/plain" } });
  expect(message.text()).toBe("gone");
});

test("retain as published and retain handling reach the broker", async () => {
  await using broker = await startMosquitto();
  await using client = await Client.connect(broker.url, V5);
  await client.publish("kept", "old", { retain: true, qos: 1 });
  await client.subscribe("kept", { retainHandling: 2, retainAsPublished: true });
  await client.publish("kept", "new", { retain: true, qos: 1 });
  const message = await takeOne(client);
  expect(message).toMatchObject({ retain: true });
  expect(message.text()).toBe("new");
});

test("a large message that arrives twice before PUBREL is delivered once", async () => {
  await using all = await connected({ PUBREC: silence }, V5); // the test sends PUBREL itself
  const payload = Buffer.alloc(300_000, "x");
  const publish = (dup: boolean) => v5.publish({ topic: "t", qos: 2, packetId: 4, payload, dup });
  await all.session.send(publish(false), publish(true), v5.pubrel(4), v5.publish({ topic: "end" }));
  const messages = await take(all.client, 2);
  expect(messages.map(({ topic }) => topic.value)).toEqual(["t", "end"]);
  await all.session.waitFor("PUBCOMP");
  const answers = all.session.received.map(({ type }) => type);
  expect(answers).toEqual(["CONNECT", "PUBREC", "PUBREC", "PUBCOMP"]);
});
