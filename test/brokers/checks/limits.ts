import assert from "node:assert/strict";
import { MqttCodeError } from "mqtt-native";
import { take } from "../../support/messages.ts";
import { checksOf, ONLY_5 } from "../check.ts";
import { assertSameTexts, END, numbersTo, publishNumbers, textsOf, textsUntilEnd } from "./messages.ts";

const check = checksOf("Limits of MQTT 5");
const on5 = { versions: ONLY_5 };

export const limits = [
  check("our Receive Maximum of 1", on5, async (t) => {
    const receiver = await t.connect({ properties: { receiveMaximum: 1 } });
    const sender = await t.connect();
    for (const qos of t.levels) {
      const topic = t.topic(`${qos}`);
      await receiver.subscribe(topic, { qos });
      await publishNumbers(sender, topic, 500, qos);
      const messages = await take(receiver, 500);
      assertSameTexts(textsOf(messages), numbersTo(500));
    }
    assert.equal(receiver.connected, true);
  }),

  check("the broker's Receive Maximum, with no limit of ours", on5, async (t) => {
    const client = await t.connect({ maxInflightMessages: Number.POSITIVE_INFINITY });
    await Promise.all(([1, 2] as const).map((qos) => publishNumbers(client, t.topic(`${qos}`), 3_000, qos)));
    assert.equal(client.connected, true);
  }),

  check("our Maximum Packet Size", on5, async (t) => {
    const topic = t.topic();
    const receiver = await t.connect({ properties: { maximumPacketSize: 1_000 } });
    await receiver.subscribe(topic, { qos: 1 });
    const sender = await t.connect();
    await sender.publish(topic, "small", { qos: 1 });
    await sender.publish(topic, "x".repeat(2_000), { qos: 1 });
    await sender.publish(topic, END, { qos: 1 });
    const texts = await textsUntilEnd(receiver);
    assert.deepEqual(texts, ["small"]);
  }),

  check("the broker's Maximum Packet Size", { ...on5, needs: ["server maximum packet size"] }, async (t) => {
    const client = await t.connect();
    const most = client.connection?.properties?.maximumPacketSize;
    assert.ok(most, "the broker says none");
    await assert.rejects(
      client.publish(t.topic(), Buffer.alloc(most)),
      (error) => error instanceof MqttCodeError && error.reasonCode.value === 0x95,
    );
    assert.equal(client.connected, true);
  }),
];
