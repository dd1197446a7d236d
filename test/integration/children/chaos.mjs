// chaos.mjs <url> <seconds> <seed>: clients that connect, work, abort and disconnect in any order. Every promise must
// settle.

import { setTimeout as delay } from "node:timers/promises";
import { Client } from "../../../dist/index.js";

const [url, seconds, seed] = process.argv.slice(2);
const CLIENTS = 12;
let state = Number(seed);

/** A number from 0 to 1 (mulberry32). The same seed gives the same numbers. */
function random() {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}

const pickOne = (choices) => choices[Math.floor(random() * choices.length)];
const soon = () => AbortSignal.timeout(Math.floor(random() * 20));
const codes = new Map();

const actions = {
  connect: (client) =>
    client.connect({ timeout: pickOne([0, 0.01, 1, 5]), ...(random() < 0.3 && { signal: soon() }) }),
  publish: (client) =>
    client.publish("chaos", Buffer.alloc(pickOne([0, 10, 100_000])), {
      qos: pickOne([0, 1, 2]),
      timeout: pickOne([0, 0.01, 5]),
      ...(random() < 0.3 && { signal: soon() }),
    }),
  subscribe: (client) => client.subscribe("chaos", { qos: pickOne([0, 1, 2]) }),
  unsubscribe: (client) => client.unsubscribe("chaos"),
  disconnect: (client) => client.disconnect({ timeout: pickOne([0, 0.01, 1]) }),
  lose: (client) => client.publish("please/reset", ""),
  next: (client) => client.messages.next({ timeout: 0.01 }),
  pause: () => delay(random() * 5),
};
const names = [...Object.keys(actions), "connect", "connect", "publish", "publish", "publish"];

async function attempt(name, client) {
  try {
    await actions[name](client);
  } catch (error) {
    const code = error.code ?? error.name;
    codes.set(code, (codes.get(code) ?? 0) + 1);
  }
}

async function live(end) {
  while (performance.now() < end) {
    const persistent = random() < 0.5;
    const client = new Client(url, {
      protocol: pickOne([4, 5]),
      ...(persistent && { identifier: `chaos-${Math.floor(random() * 1e9)}` }),
    });
    for (let step = 0; step < 30; step++) {
      const pending = attempt(pickOne(names), client);
      if (random() < 0.5) await pending;
    }
    if (random() < 0.7) await client.disconnect({ timeout: 0 });
    else client.unref();
  }
}

const end = performance.now() + Number(seconds) * 1000;
const giveUp = setTimeout(
  () => {
    console.log("something never settled");
    process.exit(1);
  },
  Number(seconds) * 1000 + 10_000,
);
await Promise.all(Array.from({ length: CLIENTS }, () => live(end)));
clearTimeout(giveUp);
console.log(JSON.stringify([...codes.keys()].sort()));
