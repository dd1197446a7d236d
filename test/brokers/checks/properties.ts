import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import type { PublishProperties } from "mqtt-native";
import { takeOne } from "../../support/messages.ts";
import { checksOf, ONLY_5 } from "../check.ts";
import { END, textsUntilEnd } from "./messages.ts";

const check = checksOf("Properties of MQTT 5");
const on5 = { versions: ONLY_5 };

/** Properties that must arrive as they were sent. */
const forwarded: Record<string, PublishProperties> = {
  "user properties, in order and with repeats": {
    userProperties: [
      ["b", "1"],
      ["a", "2"],
      ["b", "3"],
      ["", ""],
    ],
  },
  "response topic and correlation data": {
    responseTopic: "answers/7",
    correlationData: Buffer.of(0, 1, 255),
  },
  "content type and payload format": { contentType: "application/json", payloadFormatIndicator: true },
};

export const properties = [
  ...Object.entries(forwarded).map(([name, sent]) =>
    check(name, on5, async (t) => {
      const client = await t.connect();
      await client.subscribe(t.topic(), { qos: 1 });
      await client.publish(t.topic(), "x", { qos: 1, properties: sent });
      assert.deepEqual((await takeOne(client)).properties, sent);
    }),
  ),

  check("a retained message keeps its properties", on5, async (t) => {
    const client = await t.connect();
    const sent: PublishProperties = Object.assign({}, ...Object.values(forwarded));
    await client.publish(t.topic(), "x", { qos: 1, retain: true, properties: sent });
    await client.subscribe(t.topic(), { qos: 1 });
    assert.deepEqual((await takeOne(client)).properties, sent);
  }),

  check("a queued message keeps its properties", on5, async (t) => {
    const sleeper = await t.connect(t.persistent("a"));
    await sleeper.subscribe(t.topic(), { qos: 1 });
    await sleeper.disconnect();
    const sent: PublishProperties = Object.assign({}, ...Object.values(forwarded));
    await (await t.connect()).publish(t.topic(), "x", { qos: 1, properties: sent });
    await sleeper.connect();
    assert.deepEqual((await takeOne(sleeper)).properties, sent);
  }),

  check("a message says how long it is still valid", on5, async (t) => {
    const sleeper = await t.connect(t.persistent("a"));
    await sleeper.subscribe(t.topic(), { qos: 1 });
    await sleeper.disconnect();
    const publisher = await t.connect();
    await publisher.publish(t.topic(), "x", { qos: 1, properties: { messageExpiryInterval: 600 } });
    await delay(2_500);
    await sleeper.connect();
    const left = (await takeOne(sleeper)).properties?.messageExpiryInterval ?? 0;
    assert.ok(left > 500 && left < 600, `it is valid for ${left} s`);
  }),

  check("an expired message that was queued is not delivered", on5, async (t) => {
    const sleeper = await t.connect(t.persistent("a"));
    await sleeper.subscribe(t.topic(), { qos: 1 });
    await sleeper.disconnect();
    const publisher = await t.connect();
    await publisher.publish(t.topic(), "x", { qos: 1, properties: { messageExpiryInterval: 1 } });
    await delay(3_000);
    await sleeper.connect();
    await publisher.publish(t.topic(), END, { qos: 1 });
    assert.deepEqual(await textsUntilEnd(sleeper), []);
  }),

  check("an expired message that was retained is not delivered", on5, async (t) => {
    const client = await t.connect();
    const expiring = { qos: 1, retain: true, properties: { messageExpiryInterval: 1 } } as const;
    await client.publish(t.topic(), "x", expiring);
    await delay(3_000);
    await client.subscribe(t.topic(), { qos: 1 });
    await client.publish(t.topic(), END, { qos: 1 });
    assert.deepEqual(await textsUntilEnd(client), []);
  }),

  check("a request and its response", on5, async (t) => {
    const asker = await t.connect();
    const answerer = await t.connect();
    await asker.subscribe(t.topic("answer"), { qos: 1 });
    await answerer.subscribe(t.topic("question"), { qos: 1 });
    const request = { responseTopic: t.topic("answer"), correlationData: Buffer.from("first") };
    await asker.publish(t.topic("question"), "6 * 7", { qos: 1, properties: request });
    const { responseTopic = "", correlationData = "" } = (await takeOne(answerer)).properties ?? {};
    await answerer.publish(responseTopic, "42", { qos: 1, properties: { correlationData } });
    const response = await takeOne(asker);
    assert.equal(response.text(), "42");
    assert.deepEqual(response.properties?.correlationData, request.correlationData);
  }),

  check("topics of QoS 0 that repeat, as aliases to the broker", on5, async (t) => {
    const client = await t.connect();
    const names = ["a", "b", "c"];
    await client.subscribe(t.topic("#"), { qos: 0 });
    for (const round of [1, 2, 3])
      for (const name of names) {
        await client.publish(t.topic(name), `${round}`);
        const message = await takeOne(client);
        assert.deepEqual([message.topic.value, message.text()], [t.topic(name), `${round}`]);
      }
  }),

  check("an alias of the program's own", on5, async (t) => {
    const client = await t.connect({ topicAliases: "off" });
    assert.ok((client.connection?.properties?.topicAliasMaximum ?? 0) > 0, "the broker allows none");
    await client.subscribe(t.topic(), { qos: 0 });
    await client.publish(t.topic(), "1", { properties: { topicAlias: 1 } });
    await client.publish("", "2", { properties: { topicAlias: 1 } });
    for (const text of ["1", "2"]) {
      const message = await takeOne(client);
      assert.deepEqual([message.topic.value, message.text()], [t.topic(), text]);
    }
  }),

  check("topics that repeat, where the broker may use aliases", on5, async (t) => {
    const client = await t.connect({ properties: { topicAliasMaximum: 2 } });
    const names = ["a", "b", "c"];
    await client.subscribe(t.topic("#"), { qos: 1 });
    for (const round of [1, 2, 3])
      for (const name of names) {
        await client.publish(t.topic(name), `${round}`, { qos: 1 });
        const message = await takeOne(client);
        assert.deepEqual([message.topic.value, message.text()], [t.topic(name), `${round}`]);
      }
  }),
];
