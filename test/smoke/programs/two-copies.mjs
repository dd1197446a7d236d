// Two copies of the package in one process, as two dependencies may bring them. Each has its own engine.

import assert from "node:assert/strict";
import { once } from "node:events";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import * as one from "copy-one";
import * as other from "copy-other";

const [url] = process.env.SMOKE_URLS.split(" ");
const count = 1000;

if (isMainThread) {
  assert.notEqual(one.Client, other.Client);
  const addons = process.report.getReport().sharedObjects.filter((file) => file.includes("mqtt_native"));
  assert.equal(addons.length, 2);
  const clients = await Promise.all([one, other].map(({ Client }) => Client.connect(url)));
  const worker = new Worker(new URL(import.meta.url));
  await Promise.all([exchange(...clients), exchange(...clients.toReversed()), once(worker, "message")]);
  await worker.terminate(); // with both copies in use
  await clients[0].disconnect();
  await clients[1].publish("smoke/two-copies/still", "here", { qos: 1 });
  await clients[1].disconnect();
  console.log("passed: two copies");
} else {
  const clients = await Promise.all([one, other].map(({ Client }) => Client.connect(url)));
  await exchange(...clients);
  parentPort.postMessage("done");
}

/** Sends messages from a client of one copy to a client of the other. */
async function exchange(from, to) {
  const topic = `smoke/two-copies/${Math.random()}`;
  await to.subscribe(topic, { qos: 1 });
  const publishes = Array.from({ length: count }, (_, i) => from.publish(topic, `${i}`, { qos: 1 }));
  const expected = new Set(Array.from({ length: count }, (_, i) => `${i}`));
  for await (const message of to.messages) {
    if (message.topic.value === topic) expected.delete(message.text());
    if (expected.size === 0) break;
  }
  await Promise.all(publishes);
}
