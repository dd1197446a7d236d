// Stores messages in batches, and acknowledges them when they are stored. So a killed process loses none.
//
//     node examples/batch-writer.mjs mqtt://127.0.0.1:1883 readings.txt 'plant/+/reading'

import { open } from "node:fs/promises";
import { Client, ProtocolVersion } from "mqtt-native";

const [url, path, filter = "plant/+/reading"] = process.argv.slice(2);
if (path === undefined) throw new Error("usage: node examples/batch-writer.mjs URL FILE [FILTER]");
const batchSize = 100;

const client = new Client(url, {
  protocol: ProtocolVersion.V5,
  // A session that outlives the process: the broker keeps messages that are not acknowledged for a day.
  identifier: "batch-writer",
  cleanStart: false,
  properties: { sessionExpiryInterval: 86_400 },
  receiveMaximum: 10 * batchSize,
  reconnect: true,
});
// The stream is made before the first connection, so that the first messages of the session find it.
const readings = await client.stream(filter, { qos: 1, acknowledge: "manual" });
await client.connect();
process.once("SIGINT", () => client.disconnect()); // ends the stream

const file = await open(path, "a");
let stored = 0;
for (let batch = await nextBatch(); batch.length > 0; batch = await nextBatch()) {
  await store(batch);
  for (const message of batch) message.acknowledge();
  stored += batch.length;
}
await file.close();
console.log(`stored ${stored} messages`);

/** Returns the messages that are there, at least one. At the end of the stream there are none. */
async function nextBatch() {
  const batch = [];
  do {
    const { value, done } = await readings.next();
    if (done) break;
    batch.push(value);
  } while (batch.length < batchSize && readings.length > 0);
  return batch;
}

/** The place of a database: one write for each batch, which is on the disk when the promise resolves. */
async function store(batch) {
  await file.appendFile(batch.map((message) => `${message.topic} ${message.text()}\n`).join(""));
  await file.datasync();
}
