import assert from "node:assert/strict";
import { takeOne, told } from "../../support/messages.ts";
import { ALL, checksOf, ONLY_5 } from "../check.ts";
import { END, takeUntilEnd, textsUntilEnd } from "./messages.ts";

const check = checksOf("Retained messages");

export const retained = [
  check("a retained message comes with each new subscription", { versions: ALL }, async (t) => {
    const topic = t.topic();
    const publisher = await t.connect();
    await publisher.publish(topic, "kept", { qos: 1, retain: true });
    for (const _ of [1, 2]) {
      const subscriber = await t.connect();
      await subscriber.subscribe(topic, { qos: 1 });
      assert.deepEqual(told(await takeOne(subscriber)), { topic, text: "kept", qos: 1, retain: true });
    }
  }),

  check("a subscription that is there gets it without the flag", {}, async (t) => {
    const topic = t.topic();
    const client = await t.connect();
    await client.subscribe(topic, { qos: 1 });
    await client.publish(topic, "kept", { qos: 1, retain: true });
    assert.deepEqual(told(await takeOne(client)), { topic, text: "kept", qos: 1, retain: false });
  }),

  check("a later one replaces it", {}, async (t) => {
    const topic = t.topic();
    const publisher = await t.connect();
    for (const text of ["1", "2", "3"]) await publisher.publish(topic, text, { qos: 1, retain: true });
    await publisher.publish(topic, "not kept", { qos: 1 });
    const subscriber = await t.connect();
    await subscriber.subscribe(topic, { qos: 1 });
    await publisher.publish(topic, END, { qos: 1 });
    assert.deepEqual(await textsUntilEnd(subscriber), ["3"]);
  }),

  check("one without payload deletes it", { versions: ALL }, async (t) => {
    const topic = t.topic();
    const publisher = await t.connect();
    await publisher.publish(topic, "kept", { qos: 1, retain: true });
    await publisher.publish(topic, "", { qos: 1, retain: true });
    const subscriber = await t.connect();
    await subscriber.subscribe(topic, { qos: 1 });
    await publisher.publish(topic, END, { qos: 1 });
    assert.deepEqual(await textsUntilEnd(subscriber), []);
  }),

  check("a filter brings the retained messages of all its topics", {}, async (t) => {
    const publisher = await t.connect();
    const names = ["a", "b", "c/d", "c/e"];
    for (const name of names) await publisher.publish(t.topic(name), name, { qos: 1, retain: true });
    const subscriber = await t.connect();
    await subscriber.subscribe(t.topic("#"), { qos: 1 });
    const texts = await Promise.all(names.map(async () => (await takeOne(subscriber)).text()));
    assert.deepEqual(texts.toSorted(), names);
  }),

  check("subscribing again brings it again", {}, async (t) => {
    const topic = t.topic();
    const publisher = await t.connect();
    await publisher.publish(topic, "kept", { qos: 1, retain: true });
    const client = await t.connect();
    for (const _ of [1, 2]) {
      await client.subscribe(topic, { qos: 1 });
      assert.deepEqual(told(await takeOne(client)), { topic, text: "kept", qos: 1, retain: true });
    }
  }),

  check("retain handling: always, when new, never", { versions: ONLY_5 }, async (t) => {
    const topic = t.topic();
    const client = await t.connect();
    await client.publish(topic, "kept", { qos: 1, retain: true });
    const broughtBy = async (retainHandling: 0 | 1 | 2) => {
      await client.subscribe(topic, { qos: 1, retainHandling });
      await client.publish(topic, END, { qos: 1 });
      return textsUntilEnd(client);
    };
    assert.deepEqual(await broughtBy(2), []);
    assert.deepEqual(await broughtBy(1), []); // not new
    assert.deepEqual(await broughtBy(0), ["kept"]);
    await client.unsubscribe(topic);
    assert.deepEqual(await broughtBy(1), ["kept"]); // new
  }),

  check("retain as published", { versions: ONLY_5 }, async (t) => {
    const client = await t.connect();
    await client.subscribe(t.topic("as", "published"), { qos: 1, retainAsPublished: true });
    await client.subscribe(t.topic("as", "ever"), { qos: 1 });
    for (const name of ["published", "ever"])
      for (const retain of [true, false]) await client.publish(t.topic("as", name), name, { qos: 1, retain });
    await client.publish(t.topic("as", "ever"), END, { qos: 1 });
    const flags = (await takeUntilEnd(client)).map((message) => `${message.text()} ${message.retain}`);
    assert.deepEqual(flags, ["published true", "published false", "ever false", "ever false"]);
  }),
];
