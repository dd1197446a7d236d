// collected.mjs <step> <url>, with --expose-gc: closes and drops clients at a step of their lives. Prints how many
// clients, sessions, connections and descriptors are left.

import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { setTimeout as delay } from "node:timers/promises";
import { steps } from "./steps.mjs";

const [step, url] = process.argv.slice(2);
const { MQTT_NATIVE_ADDON: override } = process.env;
const addon = createRequire(import.meta.url)(override || "../../../build/Release/mqtt_native.node");
const COUNT = 20;

/** Returns weak references only, so that no client stays on the stack. */
async function abandon() {
  const references = [];
  for (let index = 0; index < COUNT; index++) {
    const client = await steps[step](url);
    await client.disconnect({ timeout: 0 });
    references.push(new WeakRef(client));
  }
  return references;
}

const openFiles = () => readdirSync("/proc/self/fd").length;

addon.liveObjectCounts(); // creates the engine, whose descriptors stay
await abandon();
await delay(20);
const filesBefore = openFiles();
const references = await abandon();
let left = "";
for (let round = 0; round < 200; round++) {
  await delay(10);
  globalThis.gc();
  const clients = references.filter((reference) => reference.deref() !== undefined).length;
  const [sessions, connections] = addon.liveObjectCounts();
  // The last client may still be on the stack, and then its session is counted, too.
  left = [clients, sessions, connections, openFiles() - filesBefore]
    .map((count) => Math.max(0, count))
    .join();
  if (clients <= 1 && sessions <= 1 && connections === 0 && openFiles() <= filesBefore) break;
}
console.log(left);
