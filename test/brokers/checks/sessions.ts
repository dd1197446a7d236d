import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { take, takeOne } from "../../support/messages.ts";
import { ALL, checksOf, ONLY_5 } from "../check.ts";
import { assertSameTexts, END, numbersTo, publishNumbers, textsOf, textsUntilEnd } from "./messages.ts";

const check = checksOf("Sessions");

export const sessions = [
  check("a clean session leaves nothing behind", { versions: ALL }, async (t) => {
    const topic = t.topic();
    const first = await t.connect(t.clean("a"));
    await first.subscribe(topic, { qos: 1 });
    await first.disconnect();
    const publisher = await t.connect();
    await publisher.publish(topic, "while away", { qos: 1 });
    const second = await t.connect(t.clean("a"));
    assert.equal(second.connection?.sessionPresent, false);
    await publisher.publish(topic, "not subscribed", { qos: 1 });
    await second.subscribe(topic, { qos: 1 });
    await publisher.publish(topic, END, { qos: 1 });
    assert.deepEqual(await textsUntilEnd(second), []);
  }),

  check("a persistent session keeps messages of QoS 1", { versions: ALL }, async (t) => {
    const topic = t.topic();
    const first = await t.connect(t.persistent("a"));
    assert.equal(first.connection?.sessionPresent, false);
    await first.subscribe(topic, { qos: 1 });
    await first.disconnect();
    const publisher = await t.connect();
    await publishNumbers(publisher, topic, 100, 1);
    const second = await t.connect(t.persistent("a"));
    // MQTT 3.1 has no flag for it.
    if (t.column.protocol !== "3.1") assert.equal(second.connection?.sessionPresent, true);
    assertSameTexts(textsOf(await take(second, 100)), numbersTo(100));
    await publisher.publish(topic, END, { qos: 1 });
    assert.deepEqual(await textsUntilEnd(second), []);
  }),

  check("a persistent session keeps messages of QoS 2", { needs: ["QoS 2"] }, async (t) => {
    const topic = t.topic();
    const first = await t.connect(t.persistent("a"));
    await first.subscribe(topic, { qos: 2 });
    await first.disconnect();
    const publisher = await t.connect();
    await publishNumbers(publisher, topic, 100, 2);
    const second = await t.connect(t.persistent("a"));
    assertSameTexts(textsOf(await take(second, 100)), numbersTo(100));
    await publisher.publish(topic, END, { qos: 2 });
    assert.deepEqual(await textsUntilEnd(second), []);
  }),

  check("messages that were kept come before new ones", {}, async (t) => {
    const topic = t.topic();
    const first = await t.connect(t.persistent("a"));
    await first.subscribe(topic, { qos: 1 });
    await first.disconnect();
    const publisher = await t.connect();
    await publishNumbers(publisher, topic, 100, 1);
    const second = await t.connect(t.persistent("a"));
    await publisher.publish(topic, END, { qos: 1 });
    assertSameTexts(await textsUntilEnd(second), numbersTo(100));
  }),

  check("one client resumes its session again and again", {}, async (t) => {
    const topic = t.topic();
    const publisher = await t.connect();
    const client = await t.connect(t.persistent("a"));
    await client.subscribe(topic, { qos: 1 });
    for (const text of ["1", "2", "3"]) {
      await client.disconnect();
      await publisher.publish(topic, text, { qos: 1 });
      await client.connect();
      assert.equal(client.connection?.sessionPresent, true);
      assert.equal((await takeOne(client)).text(), text);
    }
  }),

  check("a clean start discards a persistent session", {}, async (t) => {
    const first = await t.connect(t.persistent("a"));
    await first.subscribe(t.topic(), { qos: 1 });
    await first.disconnect();
    const clean = await t.connect(t.clean("a"));
    assert.equal(clean.connection?.sessionPresent, false);
    await clean.disconnect();
    const again = await t.connect(t.persistent("a"));
    assert.equal(again.connection?.sessionPresent, false);
  }),

  check("a session expires after its interval", { versions: ONLY_5 }, async (t) => {
    const first = await t.connect(t.persistent("a", 1));
    await first.subscribe(t.topic(), { qos: 1 });
    await first.disconnect();
    await delay(3_000);
    const second = await t.connect(t.persistent("a", 1));
    assert.equal(second.connection?.sessionPresent, false);
  }),

  check("a session does not expire before its interval", { versions: ONLY_5 }, async (t) => {
    const first = await t.connect(t.persistent("a", 20));
    await first.subscribe(t.topic(), { qos: 1 });
    await first.disconnect();
    await delay(3_000);
    const second = await t.connect(t.persistent("a", 20));
    assert.equal(second.connection?.sessionPresent, true);
  }),

  check("DISCONNECT changes the expiry of a session", { versions: ONLY_5 }, async (t) => {
    const first = await t.connect(t.persistent("a"));
    await first.subscribe(t.topic(), { qos: 1 });
    await first.disconnect({ properties: { sessionExpiryInterval: 0 } });
    const second = await t.connect(t.persistent("a"));
    assert.equal(second.connection?.sessionPresent, false);
  }),
];
