// Many clients lose their broker for some seconds. Arguments: the number of clients, the seconds, maxDelay.
// Prints one line of JSON: the times until all were back, the longest block of the event loop, and the memory.

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "../../../dist/index.js";

const [count, outage, maxDelay] = process.argv.slice(2).map(Number);

/** Asks the parent process, which has the broker, and waits for its answer. */
async function ask(what) {
  process.send(what);
  const [answer] = await once(process, "message");
  return answer;
}

/** Milliseconds that this thread has waited for a processor. */
const waited = () => Number(readFileSync("/proc/self/schedstat", "utf8").split(" ")[1]) / 1e6;

/** Measures the longest block of the event loop in milliseconds, without the time that it waits for a processor. */
function watchEventLoop() {
  let last = { now: performance.now(), waited: waited() };
  let longest = 0;
  const timer = setInterval(() => {
    const current = { now: performance.now(), waited: waited() };
    longest = Math.max(longest, current.now - last.now - (current.waited - last.waited));
    last = current;
  }, 1);
  return () => {
    clearInterval(timer);
    return longest;
  };
}

/** Memory in use in bytes, after a collection: resident memory without the pages that V8 keeps for new objects. */
async function memory() {
  for (let round = 0; round < 3; round++) {
    globalThis.gc();
    await delay(50);
  }
  const { rss, heapTotal, heapUsed } = process.memoryUsage();
  return rss - heapTotal + heapUsed;
}

const url = await ask("url");
const clients = Array.from(
  { length: count },
  (_, index) => new Client(url, { identifier: `herd-${index}`, reconnect: { maxDelay } }),
);
await Promise.all(clients.map((client) => client.connect({ timeout: 60 })));
await Promise.all(clients.map((client, index) => client.subscribe(`herd/${index}`, { timeout: 60 })));
for (const client of clients)
  (async () => {
    for await (const _message of client.messages);
  })();

/** One outage. Returns seconds from the broker's return until every client was back. */
async function suffer() {
  await ask("kill");
  await delay(outage * 1000);
  const again = clients.map((client) => client.ready());
  await ask("start");
  const began = performance.now();
  await Promise.all(again);
  return (performance.now() - began) / 1000;
}

// Two outages fill pools and caches: later ones add nothing.
await suffer();
await suffer();
const before = await memory();
const longestBlock = watchEventLoop();
const seconds = await suffer();
const blocked = longestBlock();
const after = await memory();
const answered = await Promise.all(
  clients.map((client) => client.publish("herd", "", { qos: 1, timeout: 30 })),
);
await Promise.all(clients.map((client) => client.disconnect()));
console.log(JSON.stringify({ seconds, blocked, before, after, answered: answered.length }));
process.disconnect();
