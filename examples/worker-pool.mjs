// Four workers of one process that share a stream. Each acknowledges a job when it is done.
//
//     node examples/worker-pool.mjs mqtt://127.0.0.1:1883

import { setTimeout as delay } from "node:timers/promises";
import { Client, ProtocolVersion } from "mqtt-native";

const [url] = process.argv.slice(2);
if (url === undefined) throw new Error("usage: node examples/worker-pool.mjs URL");
const count = 200;

const client = await Client.connect(url, { protocol: ProtocolVersion.V5, receiveMaximum: 20 });
const jobs = await client.stream("jobs/+", { qos: 1, acknowledge: "manual" });
let done = 0;
const workers = [1, 2, 3, 4].map(work);
for (let number = 1; number <= count; number++) await client.publish(`jobs/${number}`, number, { qos: 1 });
await Promise.all(workers);
await client.disconnect();

/** `next()` gives each job to one worker. It never acknowledges by itself, as `for await` would. */
async function work(worker) {
  let own = 0;
  for (let job = await jobs.next(); !job.done; job = await jobs.next()) {
    await delay(1 + Math.random() * 3);
    job.value.acknowledge();
    own++;
    if (++done === count) await jobs.unsubscribe(); // ends the stream for all workers
  }
  console.log(`worker ${worker} did ${own} jobs`);
}
