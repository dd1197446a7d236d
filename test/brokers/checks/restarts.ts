import assert from "node:assert/strict";
import { take, takeOne, told } from "../../support/messages.ts";
import { checksOf } from "../check.ts";
import { assertSameTexts, numbersTo, publishNumbers, textsOf } from "./messages.ts";

const check = checksOf("Restarts");

export const restarts = [
  check("a client learns that its broker was killed, and connects again", { alone: true }, async (t) => {
    const client = await t.connect();
    await Promise.all([
      assert.rejects(client.messages.next(), { code: "CONNECTION_LOST" }),
      t.broker.restart(),
    ]);
    await client.connect();
    await client.subscribe(t.topic(), { qos: 1 });
    await client.publish(t.topic(), "x", { qos: 1 });
    assert.equal((await takeOne(client)).text(), "x");
  }),

  check("retained messages survive", { alone: true, needs: ["persistence"] }, async (t) => {
    const topic = t.topic();
    const before = await t.connect();
    await before.publish(topic, "kept", { qos: 1, retain: true });
    await t.broker.save();
    await t.broker.restart();
    const after = await t.connect();
    await after.subscribe(topic, { qos: 1 });
    assert.deepEqual(told(await takeOne(after)), { topic, text: "kept", qos: 1, retain: true });
  }),

  check("sessions and their messages survive", { alone: true, needs: ["persistent sessions"] }, async (t) => {
    const topic = t.topic();
    const sleeper = await t.connect(t.persistent("sleeper"));
    await sleeper.subscribe(topic, { qos: 1 });
    await sleeper.disconnect();
    await publishNumbers(await t.connect(), topic, 100, 1);
    await t.broker.save();
    await t.broker.restart();
    await sleeper.connect();
    assert.equal(sleeper.connection?.sessionPresent, true);
    assertSameTexts(textsOf(await take(sleeper, 100)), numbersTo(100));
  }),
];
