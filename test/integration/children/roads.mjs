// roads.mjs <roads> <milliseconds>: is busy on many roads at once, in its main thread and in a worker, and exits in the
// middle of it. <roads>: JSON, [{ url, options }, …]

import { isMainThread, Worker, workerData } from "node:worker_threads";
import { Client } from "../../../dist/index.js";

const [roads, milliseconds] = isMainThread ? process.argv.slice(2) : workerData;

async function beBusy({ url, options }) {
  for (let round = 0; ; round++) {
    const client = await Client.connect(url, options);
    await client.subscribe("busy", { qos: 1 });
    for (let count = 0; count < round; count++) client.publish("busy", "x".repeat(5_000)).catch(() => {});
    await client.publish("busy", "", { qos: 1 });
    await client.disconnect();
  }
}

// Until the end there is nothing but success.
for (const road of JSON.parse(roads)) beBusy(road);

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url), { workerData: [roads, milliseconds] });
  setTimeout(() => worker.terminate(), Number(milliseconds) / 2);
  setTimeout(() => process.exit(7), Number(milliseconds));
}
