import { expect, test } from "vitest";
import { Client, type Message } from "../../lib/index.ts";
import { startMosquitto } from "../support/mosquitto.ts";

// Mosquitto's default holds a small packet back until the previous one has been acknowledged.

/** The delay of an ACK by Linux, in milliseconds. */
const DELAYED_ACK = 40;

test.each([1, 2] as const)("no request at QoS %i waits for a delayed ACK", async (qos) => {
  await using broker = await startMosquitto();
  await using asker = await Client.connect(broker.url);
  await using answerer = await Client.connect(broker.url);
  await answerer.subscribe("request", { qos });
  await asker.subscribe("response", { qos });
  const answering = answerAll(answerer.messages, (message) =>
    answerer.publish("response", message.payload, { qos }),
  );
  const times: number[] = [];
  for (let i = 0; i < 100; i++) {
    const begin = performance.now();
    const published = asker.publish("request", `${i}`, { qos });
    const { value } = await asker.messages.next({ timeout: 10 });
    await published;
    times.push(performance.now() - begin);
    expect(value?.text()).toBe(`${i}`);
  }
  const median = times.sort((a, b) => a - b)[times.length / 2];
  expect(median).toBeLessThan(DELAYED_ACK / 2);
  await answerer.disconnect();
  await answering;
});

async function answerAll(messages: AsyncIterable<Message>, answer: (message: Message) => Promise<unknown>) {
  for await (const message of messages) await answer(message);
}
