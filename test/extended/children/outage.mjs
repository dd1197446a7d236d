// A program goes on publishing during an outage, without awaiting its calls. Arguments: the options of the client as
// JSON, the number of calls, which it
// makes twice. Prints one line of JSON.

import { once } from "node:events";
import { setTimeout as delay, setImmediate as nextTurn } from "node:timers/promises";
import { Client } from "../../../dist/index.js";

const [options, calls] = [JSON.parse(process.argv[2]), Number(process.argv[3])];
const PAYLOAD = Buffer.alloc(1000, "x");

/** Asks the parent process, which has the broker, and waits for its answer. */
async function ask(what) {
  process.send(what);
  const [answer] = await once(process, "message");
  return answer;
}

/** Resident memory in bytes, after a collection. */
async function memory() {
  for (let round = 0; round < 3; round++) {
    globalThis.gc();
    await delay(50);
  }
  return process.memoryUsage.rss();
}

const url = await ask("url");
const client = await Client.connect(url, { identifier: "outage", reconnect: { maxDelay: 0.2 }, ...options });
client.pendingCallsThreshold = Number.POSITIVE_INFINITY;
const codes = {};
const count = (code) => {
  codes[code] = (codes[code] ?? 0) + 1;
};
let settled = 0;

/** Makes the calls, in bursts of 500. */
async function publish(number) {
  for (let index = 0; index < number; index++) {
    client
      .publish("outage", PAYLOAD, { qos: index % 3 })
      .then(
        () => count("resolved"),
        (error) => count(error.code),
      )
      .finally(() => settled++);
    if (index % 500 === 499) await nextTurn();
  }
}

await publish(3000); // fills pools and caches
while (settled < 3000) await delay(10);
for (const code of Object.keys(codes)) delete codes[code];
await ask("kill");
while (client.state !== "reconnecting") await delay(10);
const before = await memory();
await publish(calls);
const first = await memory();
await publish(calls);
const second = await memory();
const { queuedOutgoing } = client.statistics;
await ask("start");
while (settled < 3000 + 2 * calls) await delay(10);
const after = await memory();
await client.disconnect();
console.log(JSON.stringify({ before, first, second, after, queuedOutgoing, codes }));
process.disconnect();
