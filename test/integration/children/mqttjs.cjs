// mqttjs.cjs <case> <url>, with --expose-gc: one way to use the interface of MQTT.js. Its last line is the result.

const { once } = require("node:events");
const { setImmediate: nextTurn } = require("node:timers/promises");
const { isMainThread, parentPort, Worker, workerData } = require("node:worker_threads");
const mqtt = require("../../../dist/mqttjs/index.cjs");

const [name, url] = isMainThread ? process.argv.slice(2) : workerData;

async function exchange(count) {
  const client = await mqtt.connectAsync(url);
  await client.subscribeAsync("t", { qos: 1 });
  let received = 0;
  const all = new Promise((resolve) => {
    client.on("message", () => {
      if (++received === count) resolve();
    });
  });
  for (let i = 0; i < count; i++) client.publish("t", `${i}`, { qos: 1 });
  await all;
  return client;
}

const cases = {
  /** The process ends by itself after the end of its clients. */
  async end() {
    const client = await exchange(100);
    client.end(() => console.log("ended"));
  },
  async "end without a broker"() {
    const client = mqtt.connect("mqtt://127.0.0.1:9");
    client.publish("t", "m", { qos: 1 });
    await new Promise((resolve) => client.once("close", resolve));
    client.end(() => console.log("ended"));
  },
  async "process.exit() with traffic"() {
    await exchange(100);
    console.log("ended");
    process.exit(0);
  },
  async "both entries"() {
    const imported = await import("../../../dist/mqttjs/index.js");
    const names = Object.keys(mqtt).filter((each) => each !== "default");
    const same = names.every(
      (each) => imported[each] === mqtt[each] && imported.default[each] === mqtt[each],
    );
    console.log(same && imported.MqttClient === mqtt.Client);
  },
  async garbage() {
    const references = [];
    for (let i = 0; i < 20; i++) {
      const client = await exchange(10);
      await client.endAsync();
      references.push(new WeakRef(client));
    }
    let left = references.length;
    for (let round = 0; round < 50 && left > 1; round++) {
      await nextTurn();
      globalThis.gc();
      left = references.filter((reference) => reference.deref() !== undefined).length;
    }
    console.log(left <= 1 ? "collected" : left);
  },
  /** Memory does not grow with the number of messages. */
  async leak() {
    const measure = async () => {
      const client = await exchange(20_000);
      await client.endAsync();
      for (let i = 0; i < 5; i++) {
        await nextTurn();
        globalThis.gc();
      }
      return process.memoryUsage().heapUsed;
    };
    await measure();
    const before = await measure();
    const growth = (await measure()) - before;
    console.log(growth < 2 * 1024 * 1024 ? "steady" : growth);
  },
  async worker() {
    const worker = new Worker(__filename, { workerData: ["in a worker", url] });
    const exit = once(worker, "exit");
    const [result] = await once(worker, "message");
    await exit;
    console.log(result);
  },
  async "in a worker"() {
    const client = await exchange(100);
    await client.endAsync();
    parentPort.postMessage("ended");
  },
  async "terminated worker"() {
    const worker = new Worker(__filename, { workerData: ["traffic", url] });
    await once(worker, "message");
    await worker.terminate();
    console.log("ended");
  },
  async traffic() {
    const client = await exchange(100);
    client.on("message", () => client.publish("t", "again", { qos: 1 }));
    for (let i = 0; i < 50; i++) client.publish("t", "again", { qos: 1 });
    parentPort.postMessage("flowing");
  },
};

cases[name]();
