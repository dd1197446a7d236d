// lifetime.mjs <step> <end> <url>: brings clients to a step of their lives and ends the process. Prints "ending" before
// the end.

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { ignore, steps } from "./steps.mjs";

const [step, end, url] = process.argv.slice(2);

const reach = () => Promise.all(Array.from({ length: 3 }, () => steps[step](url)));

const inWorker = async (task) => {
  const worker = new Worker(new URL("lifetime-worker.mjs", import.meta.url), {
    workerData: { step, url, task },
  });
  await once(worker, "message");
  return worker;
};

const ends = {
  async "falling off the end"() {
    for (const client of await reach()) client.unref();
    console.log("ending");
  },
  async "process.exit()"() {
    await reach();
    console.log("ending");
    process.exit(7);
  },
  async "an uncaught exception"() {
    await reach();
    console.log("ending");
    setImmediate(() => {
      throw new Error("on purpose");
    });
  },
  async SIGTERM() {
    await reach();
    console.log("ending");
    process.kill(process.pid, "SIGTERM");
    setInterval(ignore, 1_000);
  },
  async "worker.terminate()"() {
    const workers = await Promise.all([inWorker("stay"), inWorker("stay")]);
    await Promise.all(workers.map((worker) => worker.terminate()));
    console.log("ending");
  },
  async "process.exit() in a worker"() {
    const worker = await inWorker("exit");
    worker.postMessage("now");
    const [code] = await once(worker, "exit");
    console.log(code === 3 ? "ending" : `the worker ended with ${code}`);
  },
};

await ends[end]();
