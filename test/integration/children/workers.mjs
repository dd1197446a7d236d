// workers.mjs <case> <url>: clients in worker threads.

import { once } from "node:events";
import { Worker } from "node:worker_threads";

const [name, url] = process.argv.slice(2);

const startWorker = (task) =>
  new Worker(new URL("worker.mjs", import.meta.url), { workerData: { task, url } });

/** Loads the addon late, because in some cases the main thread must not load it. */
const loadClient = async () => (await import("../../../dist/index.js")).Client;

const end = (worker) => new Promise((resolve) => worker.once("exit", resolve));

const cases = {
  async "terminated with traffic, beside a client of the main thread"() {
    const Client = await loadClient();
    const client = await Client.connect(url);
    await client.subscribe("main", { qos: 2 });
    let expected = 0;
    let isDone = false;
    const sending = (async () => {
      for (let number = 0; !isDone; number++) await client.publish("main", number, { qos: 2 });
    })();
    const receiving = (async () => {
      for await (const message of client.messages)
        if (Number(message.text()) !== expected++) throw new Error(`${message.text()} came instead`);
    })();
    for (let round = 0; round < 10; round++) {
      const worker = startWorker("traffic");
      await once(worker, "message");
      await worker.terminate();
    }
    isDone = true;
    await sending;
    const sent = expected;
    await client.publish("main", sent, { qos: 2 });
    await client.disconnect();
    await receiving;
    console.log(expected > 10 ? "undisturbed" : `only ${expected} messages`);
  },
  async "terminated at any moment"() {
    for (let round = 0; round < 30; round++) {
      const worker = startWorker("traffic");
      await once(worker, "online");
      await new Promise((resolve) => setTimeout(resolve, round * 4));
      await worker.terminate();
    }
    console.log("undisturbed");
  },
  async "terminated amid prompt answers"() {
    for (let round = 0; round < 20; round++) {
      const worker = startWorker("questions");
      await once(worker, "message");
      await worker.terminate();
    }
    console.log("undisturbed");
  },
  async "terminated while connecting repeatedly"() {
    for (let round = 0; round < 20; round++) {
      const worker = startWorker("connects");
      await once(worker, "message");
      await new Promise((resolve) => setTimeout(resolve, round % 5));
      await worker.terminate();
    }
    console.log("undisturbed");
  },
  async "terminated while making sessions"() {
    for (let round = 0; round < 40; round++) {
      const worker = startWorker("sessions");
      await once(worker, "message");
      await worker.terminate();
    }
    console.log("undisturbed");
  },
  async "several terminated at once"() {
    const workers = Array.from({ length: 4 }, () => startWorker("traffic"));
    await Promise.all(workers.map((worker) => once(worker, "message")));
    await Promise.all(workers.map((worker) => worker.terminate()));
    console.log("undisturbed");
  },
  async "only in a worker, which ends by itself"() {
    console.log(await end(startWorker("round trip")));
  },
  async "in one worker after the other"() {
    for (let round = 0; round < 5; round++) console.log(await end(startWorker("round trip")));
  },
  async "in several workers at once"() {
    const workers = Array.from({ length: 4 }, () => startWorker("round trip"));
    console.log((await Promise.all(workers.map(end))).join());
  },
  async "ended by process.exit() in the worker"() {
    console.log(await end(startWorker("exit")));
  },
  async "ended by an exception in the worker"() {
    const worker = startWorker("throw");
    worker.on("error", ({ message }) => console.log(message));
    console.log(await end(worker));
  },
  async "process.exit() in the main thread"() {
    const worker = startWorker("traffic");
    await once(worker, "message");
    console.log("ending");
    process.exit(7);
  },
};

await cases[name]();
