// The tasks of a worker of workers.mjs.

import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import { parentPort, workerData } from "node:worker_threads";
import { Client } from "../../../dist/index.js";

const addon = createRequire(import.meta.url)("../../../build/Release/mqtt_native.node");

const { task, url } = workerData;
const topic = `worker/${randomUUID()}`;

async function connect() {
  const client = await Client.connect(url);
  await client.subscribe(topic, { qos: 1 });
  return client;
}

const tasks = {
  /** Reports to its parent when messages flow. */
  async traffic() {
    const client = await connect();
    const send = () => client.publish(topic, "x".repeat(100), { qos: 1 }).then(send, () => {});
    for (let i = 0; i < 50; i++) send();
    let count = 0;
    for await (const _message of client.messages) if (++count === 500) parentPort.postMessage("flowing");
  },
  /** Exchanges one message at a time; reports to its parent after 300. */
  async questions() {
    const client = await connect();
    const ask = () => client.publish(topic, "x").catch(() => {});
    ask();
    let count = 0;
    for await (const _message of client.messages) {
      if (++count === 300) parentPort.postMessage("in the middle of it");
      ask();
    }
  },
  async "round trip"() {
    const client = await connect();
    await client.publish(topic, "hello", { qos: 1 });
    const { value } = await client.messages.next({ timeout: 10 });
    if (value.text() !== "hello") throw new Error(`received ${value.text()}`);
    await client.disconnect();
  },
  /** Connects repeatedly with many options. */
  connects() {
    const pem = "-----BEGIN CERTIFICATE-----";
    const tlsContext = { ca: [pem, pem], cert: pem, key: pem, ALPNProtocols: ["a", "b"] };
    const proxy = { proxyType: "http", proxyAddr: "127.0.0.1", proxyPort: 9 };
    for (let count = 0; ; count++) {
      new Client("wss://localhost", { proxy, tlsContext, bindAddress: "127.0.0.1" })
        .connect()
        .catch(() => {});
      if (count === 50) parentPort.postMessage("in the middle of it"); // the parent then terminates the worker
    }
  },
  /** Makes native sessions and their functions without a pause. */
  sessions() {
    const environment = new addon.Environment(
      () => {},
      () => {},
      true,
    );
    for (let count = 0; ; count++) {
      if (typeof new addon.Session(environment, count).publishNow !== "function")
        throw new Error("no function");
      if (count === 50) parentPort.postMessage("in the middle of it");
    }
  },
  async exit() {
    await connect();
    process.exit(3);
  },
  async throw() {
    await connect();
    throw new Error("on purpose");
  },
};

await tasks[task]();
