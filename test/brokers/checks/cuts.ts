import assert from "node:assert/strict";
import { type Client, MqttError } from "mqtt-native";
import { takeOne } from "../../support/messages.ts";
import { type Check, checksOf } from "../check.ts";
import { END, numbersTo, type QoS, textsUntilEnd } from "./messages.ts";

const check = checksOf("Cuts");

const ROUNDS = 5;
const PER_ROUND = 400;
/** Publishes under way when a cut comes. */
const WINDOW = 50;

const needing = (qos: QoS) => (qos === 2 ? { needs: ["QoS 2"] as const } : {});
const cutPublisher = (qos: 1 | 2): Check =>
  check(`a publisher that is cut off under load, QoS ${qos}: ${promiseOf(qos)}`, needing(qos), async (t) => {
    const topic = t.topic();
    const receiver = await t.connect();
    await receiver.subscribe(topic, { qos });
    const relay = await t.relay();
    const publisher = await t.connect(t.persistent("publisher"), relay);
    await publisher.subscribe(t.topic("so", "that", "there", "is", "a", "session"), { qos: 1 });
    const promised = new Set<string>();
    for (let round = 0; round < ROUNDS; round++) {
      const texts = numbersTo(PER_ROUND).map((text) => `${round}/${text}`);
      const done = await publishUntilCut(publisher, topic, texts, qos, () => relay.cut());
      for (const text of done) promised.add(text);
      await publisher.closed;
      await publisher.connect();
      assert.equal(publisher.connection?.sessionPresent, true);
    }
    await publisher.publish(topic, END, { qos });
    assertDelivered(await textsUntilEnd(receiver), promised, qos);
  });

/** Publishes in a window, cuts when half of them are promised, and returns those that are. */
async function publishUntilCut(
  client: Client,
  topic: string,
  texts: readonly string[],
  qos: QoS,
  cut: () => void,
): Promise<string[]> {
  const done: string[] = [];
  const waiting = [...texts];
  const publisher = async () => {
    for (let text = waiting.shift(); text !== undefined; text = waiting.shift()) {
      await client.publish(topic, text, { qos });
      done.push(text);
      if (done.length === texts.length / 2) cut();
    }
  };
  const results = await Promise.allSettled(Array.from({ length: WINDOW }, publisher));
  for (const result of results)
    if (result.status === "rejected" && !isLoss(result.reason)) throw result.reason;
  return done;
}

const cutSubscriber = (qos: 1 | 2): Check =>
  check(`a subscriber that is cut off under load, QoS ${qos}: ${promiseOf(qos)}`, needing(qos), async (t) => {
    const topic = t.topic();
    const relay = await t.relay();
    const subscriber = await t.connect(t.persistent("subscriber"), relay);
    await subscriber.subscribe(topic, { qos });
    const sent = numbersTo(ROUNDS * PER_ROUND);
    const publisher = await t.connect();
    const received: string[] = [];
    await Promise.all([
      receiveThroughCuts(subscriber, received, () => relay.cut(), sent.length),
      ...sent.map((text) => publisher.publish(topic, text, { qos })),
    ]);
    await publisher.publish(topic, END, { qos });
    await receiveThroughCuts(subscriber, received, () => {}, sent.length + 1);
    assertDelivered(received, new Set([...sent, END]), qos);
  });

/**
 * Receives until there are so many different messages, or nothing comes any more. Cuts now and then, and connects
 * again after each loss.
 */
async function receiveThroughCuts(
  client: Client,
  texts: string[],
  cut: () => void,
  count: number,
): Promise<void> {
  for (let cuts = 0; new Set(texts).size < count; ) {
    try {
      texts.push((await takeOne(client)).text());
      if (cuts === ROUNDS - 1 || texts.length < (cuts + 1) * PER_ROUND) continue;
      cuts++;
      cut();
    } catch (error) {
      if (error instanceof MqttError && error.code === "TIMEOUT") return;
      if (!isLoss(error)) throw error;
      await client.connect();
      assert.equal(client.connection?.sessionPresent, true);
    }
  }
}

const isLoss = (error: unknown) =>
  error instanceof MqttError && (error.code === "CONNECTION_LOST" || error.code === "NOT_CONNECTED");

function promiseOf(qos: 1 | 2): string {
  return qos === 1 ? "nothing is lost" : "exactly once";
}

function assertDelivered(texts: readonly string[], promised: ReadonlySet<string>, qos: QoS): void {
  const arrived = new Set(texts);
  const missing = [...promised].filter((text) => !arrived.has(text));
  const repeated = texts.filter((text, index) => texts.indexOf(text) !== index);
  assert.deepEqual(missing, [], `of ${promised.size} messages ${missing.length} did not arrive`);
  if (qos === 2) assert.deepEqual(repeated, [], `${repeated.length} messages arrived more than once`);
}

export const cuts = [cutPublisher(1), cutPublisher(2), cutSubscriber(1), cutSubscriber(2)];
