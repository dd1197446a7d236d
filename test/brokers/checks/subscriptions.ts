import assert from "node:assert/strict";
import { takeOne } from "../../support/messages.ts";
import { checksOf, ONLY_5 } from "../check.ts";
import { END, takeUntilEnd, textsUntilEnd } from "./messages.ts";

const check = checksOf("Subscriptions");

export const subscriptions = [
  check("+ and # match as they should", {}, async (t) => {
    const names = ["a", "a/b", "a/b/c", "a/c", "b", "b/b"];
    const filters = { "a/+": ["a/b", "a/c"], "a/#": ["a", "a/b", "a/b/c", "a/c"], "+/b": ["a/b", "b/b"] };
    const publisher = await t.connect();
    for (const [filter, expected] of Object.entries(filters)) {
      const subscriber = await t.connect();
      await subscriber.subscribe(t.topic(filter), { qos: 1 });
      for (const name of names) await publisher.publish(t.topic(name), name, { qos: 1 });
      await subscriber.subscribe(t.topic("the", "end"), { qos: 1 });
      await publisher.publish(t.topic("the", "end"), END, { qos: 1 });
      assert.deepEqual((await textsUntilEnd(subscriber)).toSorted(), expected);
    }
  }),

  check("empty levels are levels", {}, async (t) => {
    const topics = [t.topic("a", "", "b"), `/${t.topic()}`, t.topic("")];
    for (const topic of topics) {
      const client = await t.connect();
      await client.subscribe(topic, { qos: 1 });
      await client.publish(topic, "x", { qos: 1 });
      assert.equal((await takeOne(client)).topic.value, topic);
    }
  }),

  check("# and + do not match topics that begin with $", { alone: true }, async (t) => {
    const client = await t.connect();
    await client.subscribe(["#", "+/#"], { qos: 0 });
    const watcher = await t.connect();
    await watcher.subscribe("$test/#", { qos: 1 });
    await watcher.publish("$test/a", "x", { qos: 1 }).catch(() => {}); // which a broker may refuse
    await watcher.publish(t.topic("the", "end"), END, { qos: 0 });
    const topics = (await takeUntilEnd(client)).map((message) => message.topic.value);
    assert.deepEqual(
      topics.filter((topic) => topic.startsWith("$")),
      [],
    );
  }),

  check("a message that two filters match arrives with the higher QoS", {}, async (t) => {
    const client = await t.connect();
    await client.subscribe([
      [t.topic("#"), 0],
      [t.topic("+"), 1],
    ]);
    await client.publish(t.topic("a"), "x", { qos: 1 });
    // A broker may deliver it for each of the filters.
    const first = await takeOne(client);
    const { qos } = first.qos === 1 ? first : await takeOne(client);
    assert.equal(qos, 1);
  }),

  check("a second subscription to a filter replaces the first", {}, async (t) => {
    const topic = t.topic();
    const client = await t.connect();
    await client.subscribe(topic, { qos: 0 });
    await client.subscribe(topic, { qos: 1 });
    await client.publish(topic, "x", { qos: 1 });
    await client.publish(topic, END, { qos: 1 });
    const messages = await takeUntilEnd(client);
    assert.deepEqual(
      messages.map((message) => message.qos),
      [1],
    );
  }),

  check("a hundred filters in one SUBSCRIBE, and in one UNSUBSCRIBE", {}, async (t) => {
    const client = await t.connect();
    const topics = Array.from({ length: 100 }, (_, n) => t.topic(`${n}`));
    const granted = await client.subscribe(topics, { qos: 1 });
    assert.deepEqual(new Set(granted.map((code) => code.value)), new Set([1]));
    for (const topic of topics) await client.publish(topic, "x", { qos: 1 });
    const arrived = [];
    while (arrived.length < topics.length) arrived.push((await takeOne(client)).topic.value);
    assert.deepEqual(arrived.toSorted(), topics.toSorted());
    await client.unsubscribe(topics);
    for (const topic of topics) await client.publish(topic, "x", { qos: 1 });
    await client.subscribe(t.topic("the", "end"), { qos: 1 });
    await client.publish(t.topic("the", "end"), END, { qos: 1 });
    assert.deepEqual(await textsUntilEnd(client), []);
  }),

  check("unsubscribing from nothing is no error", {}, async (t) => {
    const client = await t.connect();
    const codes = await client.unsubscribe(t.topic());
    if (t.is5)
      assert.deepEqual(
        [...codes].map((code) => code.value),
        [0x11],
      );
  }),

  check("no local", { versions: ONLY_5 }, async (t) => {
    const topic = t.topic();
    const client = await t.connect();
    const other = await t.connect();
    await client.subscribe(topic, { qos: 1, noLocal: true });
    await client.publish(topic, "own", { qos: 1 });
    await other.publish(topic, END, { qos: 1 });
    assert.deepEqual(await textsUntilEnd(client), []);
  }),

  check("subscription identifiers", { versions: ONLY_5, needs: ["subscription identifiers"] }, async (t) => {
    const client = await t.connect();
    const identifiers = { "#": 1, "+": 268_435_455 };
    for (const [filter, subscriptionIdentifier] of Object.entries(identifiers))
      await client.subscribe(t.topic(filter), { qos: 1, properties: { subscriptionIdentifier } });
    await client.publish(t.topic("a"), "x", { qos: 1 });
    await client.publish(t.topic("a"), END, { qos: 1 });
    const messages = await takeUntilEnd(client);
    const found = messages.flatMap((message) => message.properties?.subscriptionIdentifiers ?? []);
    assert.deepEqual(found.toSorted(), Object.values(identifiers));
  }),
];
