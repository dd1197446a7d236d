// garbage.mjs <case> <url>, with --expose-gc: prints how many unreferenced clients, or signals of settled calls,
// survive garbage collection.

import { setImmediate as nextTurn } from "node:timers/promises";
import { Client } from "../../../dist/index.js";

const [name, url] = process.argv.slice(2);
const COUNT = 50;

/** Counts the references whose targets survive repeated garbage collection. */
async function survivors(references) {
  let left = references.length;
  for (let round = 0; round < 50 && left > 0; round++) {
    await nextTurn(); // deref() keeps its target alive until the next turn
    globalThis.gc();
    left = references.filter((reference) => reference.deref() !== undefined).length;
  }
  return left;
}

/** Makes and uses clients, and keeps only weak references. */
async function abandoned(use) {
  const references = [];
  for (let i = 0; i < COUNT; i++) {
    const client = new Client(url);
    await use(client);
    references.push(new WeakRef(client));
  }
  return references;
}

const stop = new AbortController();

/** Makes calls, each with a signal that depends on a common one, and keeps only weak references to these signals. */
async function usedSignals(call) {
  const references = [];
  const client = await Client.connect(url);
  for (let i = 0; i < COUNT; i++) {
    const signal = AbortSignal.any([stop.signal, new AbortController().signal]);
    await call(client, { signal });
    references.push(new WeakRef(signal));
  }
  await client.disconnect();
  return references;
}

const cases = {
  "never connected": () => abandoned(() => {}),
  disconnected: () =>
    abandoned(async (client) => {
      await client.connect();
      await client.subscribe("t");
      await client.publish("t", "p", { qos: 2 });
      await client.disconnect();
    }),
  "failed to connect": () => abandoned((client) => client.connect({ timeout: 0 }).catch(() => {})),
  lost: () =>
    abandoned(async (client) => {
      await client.connect();
      await client.publish("please/reset", "");
      await client.closed;
    }),
  publish: () => usedSignals((client, options) => client.publish("t", "p", { qos: 1, ...options })),
  "messages.next": () =>
    usedSignals((client, options) => client.messages.next({ timeout: 0, ...options }).catch(() => {})),
};

if (name === "open") {
  let received = 0;
  const listen = async () => {
    const client = await Client.connect(url);
    await client.subscribe("t", { qos: 1 });
    (async () => {
      for await (const message of client.messages) {
        received += Number(message.text());
        await client.disconnect();
      }
    })();
  };
  for (let i = 0; i < COUNT; i++) await listen();
  for (let round = 0; round < 10; round++) {
    globalThis.gc();
    await nextTurn();
  }
  const sender = await Client.connect(url);
  await sender.publish("please/deliver", "1", { qos: 1 });
  await sender.disconnect();
  process.once("exit", () => console.log(received));
} else {
  console.log(await survivors(await cases[name]()));
}
