// transports.mjs <transports> <milliseconds>: uses many transports at once, in its main thread and in a worker, and
// exits amid the work. <transports> is JSON: [{ url, options }, …]

import { isMainThread, Worker, workerData } from "node:worker_threads";
import { Client } from "../../../dist/index.js";

const [transports, milliseconds] = isMainThread ? process.argv.slice(2) : workerData;

async function beBusy({ url, options }) {
  for (let round = 0; ; round++) {
    const client = await Client.connect(url, options);
    await client.subscribe("busy", { qos: 1 });
    for (let count = 0; count < round; count++) client.publish("busy", "x".repeat(5_000)).catch(() => {});
    await client.publish("busy", "", { qos: 1 });
    await client.disconnect();
  }
}

// An error before the end would be an unhandled rejection.
for (const target of JSON.parse(transports)) beBusy(target);

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url), { workerData: [transports, milliseconds] });
  setTimeout(() => worker.terminate(), Number(milliseconds) / 2);
  setTimeout(() => process.exit(7), Number(milliseconds));
}
