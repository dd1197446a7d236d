// Runs a subscriber and a publisher, and prints how many messages arrived.
//
//     npm start                            with a mosquitto of its own
//     npm start -- mqtt://host             with that broker
//     npm start -- mqtt://host --messages 100000 --topic plant/line1

import { parseArgs } from "node:util";
import { Client } from "../dist/index.js";
import { startBroker } from "../scripts/broker.mjs";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    messages: { type: "string", default: "20000" },
    topic: { type: "string", default: `mqtt-native/${process.pid}` },
  },
});
const count = Number(values.messages);
if (!(count > 0)) throw new RangeError(`--messages must be a number above 0, not ${values.messages}`);
const shown = 5;

const broker =
  positionals[0] === undefined ? await startBroker({ config: ["max_queued_messages 0"] }) : undefined;
const url = positionals[0] ?? broker.url;
console.log(`broker: ${url}${broker ? " (our own mosquitto)" : ""}`);

const subscriber = await Client.connect(url);
const publisher = await Client.connect(url);
for (const qos of [0, 1, 2]) await run(qos);
await Promise.all([publisher.disconnect(), subscriber.disconnect()]);
await broker?.stop();

async function run(qos) {
  const topic = `${values.topic}/qos${qos}`;
  await subscriber.subscribe(topic, { qos });
  console.log(`\nQoS ${qos}: ${count} messages on ${topic}`);
  const started = performance.now();
  const received = receive(started);
  await publishAll(topic, qos);
  const published = seconds(started);
  const { lost, arrived } = await received;
  await subscriber.unsubscribe(topic);
  console.log(`  published ${rate(published)}, received ${rate(arrived)}, lost ${lost}`);
}

/** Keeps a thousand publishes in flight: each is a promise that settles when the publish is complete. */
async function publishAll(topic, qos) {
  const underWay = new Set();
  for (let i = 1; i <= count; i++) {
    const call = publisher.publish(topic, `message ${i}`, { qos }).finally(() => underWay.delete(call));
    underWay.add(call);
    if (underWay.size >= 1000) await Promise.race(underWay);
  }
  await Promise.all(underWay);
}

async function receive(started) {
  let last = 0;
  let lost = 0;
  while (last < count) {
    const { value: message } = await subscriber.messages.next({ timeout: 10 });
    const number = Number(message.text().split(" ")[1]);
    if (number <= shown || number === count) console.log(`  ${message.topic}: ${message.text()}`);
    if (number === shown + 1) console.log("  …");
    lost += number - last - 1;
    last = number;
  }
  return { lost, arrived: seconds(started) };
}

function seconds(started) {
  return (performance.now() - started) / 1000;
}

function rate(duration) {
  return `${Math.round(count / duration).toLocaleString("en")} messages/s`;
}
