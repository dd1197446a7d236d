// Workers that share the messages of one topic: each has a client, and the broker distributes the messages.
//
//     node examples/worker-threads.mjs mqtt://127.0.0.1:1883

import { once } from "node:events";
import { isMainThread, parentPort, threadId, Worker, workerData } from "node:worker_threads";
import { Client } from "mqtt-native";

const count = 1000;

if (isMainThread) await main(process.argv[2]);
else await work(workerData);

async function main(url) {
  if (url === undefined) throw new Error("usage: node examples/worker-threads.mjs URL");
  const workers = [1, 2, 3].map(() => new Worker(new URL(import.meta.url), { workerData: url }));
  await Promise.all(workers.map((worker) => once(worker, "message"))); // all are subscribed

  let done = 0;
  const finished = new Promise((resolve) => {
    for (const worker of workers) worker.on("message", () => ++done === count && resolve());
  });
  const client = await Client.connect(url);
  for (let i = 1; i <= count; i++) await client.publish("jobs/new", i, { qos: 1 });
  await client.disconnect();
  await finished;

  for (const worker of workers) worker.postMessage("stop");
  await Promise.all(workers.map((worker) => once(worker, "exit")));
}

async function work(url) {
  const client = await Client.connect(url);
  await client.subscribe("$share/workers/jobs/new", { qos: 1 });
  parentPort.once("message", () => client.disconnect());
  parentPort.postMessage("subscribed");
  let jobs = 0;
  for await (const message of client.messages) {
    jobs++;
    parentPort.postMessage(Number(message.text()));
  }
  console.log(`worker ${threadId} did ${jobs} jobs`);
}
