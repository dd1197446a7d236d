// two-copies.mjs <url> <folder>: installs the package twice, as dependencies of dependencies do. Both copies work in
// one process, in its main thread and in workers, without disturbing each other.

import { once } from "node:events";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";

const [url, folder] = process.argv.slice(2);
const root = fileURLToPath(new URL("../../..", import.meta.url));
for (const part of ["package.json", "dist", "build/Release/mqtt_native.node"])
  cpSync(join(root, part), join(folder, part), { recursive: true });

const copies = [root, folder].map((place) => pathToFileURL(join(place, "dist/index.js")).href);

const work = `
  const { parentPort, workerData } = require("node:worker_threads");
  const exchange = async (client, topic) => {
    await client.subscribe(topic, { qos: 2 });
    for (let number = 0; number < 100; number++) client.publish(topic, number, { qos: number % 3 });
    for (let count = 0; count < 100; count++) await client.messages.next({ timeout: 10 });
    await client.disconnect();
  };
  import(workerData).then(({ Client }) => Client.connect("${url}"))
    .then((client) => exchange(client, "worker/" + Math.random()))
    .then(() => parentPort.postMessage("done"));
`;

async function inMainThread(copy) {
  const { Client, Message, Topic } = await import(copy);
  const client = await Client.connect(url);
  await client.subscribe(`main/${copy.length}`, { qos: 2 });
  for (let number = 0; number < 100; number++)
    await client.publish(`main/${copy.length}`, number, { qos: number % 3 });
  for (let number = 0; number < 100; number++) {
    const { value } = await client.messages.next({ timeout: 10 });
    if (value.constructor !== Message || value.topic.constructor !== Topic)
      throw new Error("a message of another copy came");
    if (Number(value.text()) !== number) throw new Error(`${value.text()} came instead of ${number}`);
  }
  await client.disconnect();
}

async function inWorker(copy) {
  const worker = new Worker(work, { eval: true, workerData: copy });
  const [message] = await once(worker, "message");
  await worker.terminate();
  if (message !== "done") throw new Error(message);
}

await Promise.all(copies.flatMap((copy) => [inMainThread(copy), inWorker(copy), inWorker(copy)]));
console.log("both");
