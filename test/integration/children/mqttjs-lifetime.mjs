// mqttjs-lifetime.mjs <case> <url>: clients with the interface of MQTT.js, and the ends of their processes and threads.
// Prints a line just before the end. MQTTJS_MODULE names another module, such as that of MQTT.js.

import { once } from "node:events";
import { setImmediate as nextTurn } from "node:timers/promises";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

const { connect, connectAsync } = await import(
  process.env.MQTTJS_MODULE ?? new URL("../../../dist/mqttjs/index.js", import.meta.url)
);

const [name, url] = isMainThread ? process.argv.slice(2) : [workerData.task, workerData.url];
const COUNT = 30;

/** Echoes messages without end. Resolves after `count` of them. */
async function traffic(count) {
  const client = await connectAsync(url);
  await client.subscribeAsync("traffic", { qos: 1 });
  const send = (error) => error ?? client.publish("traffic", "x".repeat(100), { qos: 1 }, send);
  for (let i = 0; i < 50; i++) send();
  await new Promise((resolve) => {
    let received = 0;
    client.on("message", () => {
      if (++received === count) resolve();
    });
  });
  return client;
}

const startWorker = (task) => new Worker(new URL(import.meta.url), { workerData: { task, url } });

/** Unlike `once`, it does not reject at an error. */
const closed = (client) => new Promise((resolve) => client.once("close", resolve));

/** Counts the clients that survive garbage collection, of those that `use` has used. */
async function survivors(use) {
  const references = [];
  for (let i = 0; i < COUNT; i++) references.push(new WeakRef(await use()));
  let left = COUNT;
  for (let round = 0; round < 100 && left > 1; round++) {
    await nextTurn(); // deref() keeps its target alive until the next turn
    globalThis.gc();
    left = references.filter((reference) => reference.deref() !== undefined).length;
  }
  return left;
}

const cases = {
  "process.exit() while connecting"() {
    connect(url);
    connect("mqtt://127.0.0.1:1");
    console.log("ending");
    process.exit(7);
  },
  async "an exception in a listener"() {
    const client = await connectAsync(url);
    client.on("message", () => {
      throw new Error("on purpose");
    });
    console.log("ending");
    client.subscribe("traffic", () => client.publish("traffic", "x"));
  },
  async "end(true)"() {
    const client = await traffic(100);
    client.end(true, () => console.log("ending"));
  },
  "end() before it is connected"() {
    connect(url).end(() => console.log("ending"));
  },
  async "end() while it reconnects"() {
    const client = connect("mqtt://127.0.0.1:1", { reconnectPeriod: 60_000 });
    await closed(client);
    client.end(() => console.log("ending"));
  },
  async "a lost connection without reconnecting"() {
    const client = await connectAsync(url, { reconnectPeriod: 0 });
    client.on("close", () => console.log("ending"));
    client.publish("please/reset", "");
  },
  async "workers terminated with traffic"() {
    for (let round = 0; round < 5; round++) {
      const worker = startWorker("traffic in a worker");
      await once(worker, "message");
      await worker.terminate();
    }
    console.log("ending");
  },
  async "workers terminated at any moment"() {
    for (let round = 0; round < 15; round++) {
      const worker = startWorker("traffic in a worker");
      await once(worker, "online");
      await new Promise((resolve) => setTimeout(resolve, round * 8));
      await worker.terminate();
    }
    console.log("ending");
  },
  async "traffic in a worker"() {
    await traffic(200);
    parentPort.postMessage("flowing");
  },
  async "garbage: ended by force"() {
    const left = await survivors(async () => {
      const client = await connectAsync(url);
      await client.endAsync(true);
      return client;
    });
    console.log(left <= 1 ? "ending" : `${left} clients are left`);
  },
  async "garbage: lost without reconnecting"() {
    const left = await survivors(async () => {
      const client = await connectAsync(url, { reconnectPeriod: 0 });
      client.publish("please/reset", "");
      await closed(client);
      return client;
    });
    console.log(left <= 1 ? "ending" : `${left} clients are left`);
  },
};

await cases[name]();
