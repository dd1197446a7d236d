import assert from "node:assert/strict";
import type { MqttClient } from "mqtt";
import { eventually } from "../../support/eventually.ts";
import { take } from "../../support/messages.ts";
import { type Check, checksOf } from "../check.ts";
import {
  assertSameTexts,
  END,
  LEVELS,
  numbersTo,
  publishNumbers,
  type QoS,
  takeUntilEnd,
  textsOf,
  textsUntilEnd,
} from "./messages.ts";

const check = checksOf("QoS flows");

const COUNT = 5_000;
/** Milliseconds for that many. */
const PATIENCE = 40_000;
const needing = (qos: QoS) => (qos === 2 ? { needs: ["QoS 2"] as const } : {});

/** The other side is MQTT.js: a mistake of ours finds no accomplice there. */
const sends = (qos: QoS): Check =>
  check(`sends 5 000 messages of QoS ${qos} in order`, needing(qos), async (t) => {
    const topic = t.topic();
    const receiver = await t.mqttJs();
    const texts: string[] = [];
    receiver.on("message", (_topic, payload) => texts.push(payload.toString()));
    await receiver.subscribeAsync(topic, { qos });
    const sender = await t.connect();
    await publishNumbers(sender, topic, COUNT, qos);
    await eventually(() => assert.equal(texts.length, COUNT), PATIENCE);
    assertSameTexts(texts, numbersTo(COUNT));
  });

const receives = (qos: QoS): Check =>
  check(`receives 5 000 messages of QoS ${qos} in order`, needing(qos), async (t) => {
    const topic = t.topic();
    const receiver = await t.connect();
    const [granted] = await receiver.subscribe(topic, { qos });
    assert.equal(granted?.value, qos);
    const sender = await t.mqttJs();
    const [messages] = await Promise.all([take(receiver, COUNT), publishWithMqttJs(sender, topic, qos)]);
    assert.deepEqual(new Set(messages.map((message) => message.qos)), new Set([qos]));
    assertSameTexts(textsOf(messages), numbersTo(COUNT));
  });

/** MQTT.js has no window, so it gets one here. */
async function publishWithMqttJs(client: MqttClient, topic: string, qos: QoS): Promise<void> {
  const WINDOW = 10;
  for (let first = 0; first < COUNT; first += WINDOW)
    await Promise.all(
      Array.from({ length: WINDOW }, (_, n) => client.publishAsync(topic, `${first + n}`, { qos })),
    );
}

export const flows = [
  ...LEVELS.map(sends),
  ...LEVELS.map(receives),

  check(
    "publishes of QoS 2 arrive, whatever the broker makes of them",
    { needs: ["publishes of QoS 2"] },
    async (t) => {
      const topic = t.topic();
      const client = await t.connect();
      await client.subscribe(topic, { qos: 2 });
      await publishNumbers(client, topic, 200, 2);
      await client.publish(topic, END, { qos: 2 });
      assertSameTexts(await textsUntilEnd(client), numbersTo(200));
    },
  ),

  check("a message arrives with the lower QoS of its publish and its subscription", {}, async (t) => {
    const client = await t.connect();
    for (const granted of [0, 1] as const) {
      const topic = t.topic(`${granted}`);
      await client.subscribe(topic, { qos: granted });
      for (const qos of [0, 1] as const) await client.publish(topic, `${qos}`, { qos });
      await client.publish(topic, END, { qos: 1 });
      const levels = (await takeUntilEnd(client)).map((message) => [Number(message.text()), message.qos]);
      assert.deepEqual(levels.toSorted(), [
        [0, 0],
        [1, granted],
      ]);
    }
  }),

  check("all three levels, on each version", { versions: ["3.1"] }, async (t) => {
    const client = await t.connect(t.clean("a"));
    for (const qos of LEVELS) {
      const topic = t.topic(`${qos}`);
      await client.subscribe(topic, { qos });
      await publishNumbers(client, topic, 100, qos);
      await client.publish(topic, END, { qos });
      assertSameTexts(await textsUntilEnd(client), numbersTo(100));
    }
  }),
];
