// environments.mjs <url>, with --expose-gc: drops halves of the addon that belong to copies of the package, and keeps
// the one that has an open client. Prints how many are left, and how many are kept.

import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "../../../dist/index.js";

const [url] = process.argv.slice(2);
const { MQTT_NATIVE_ADDON: override } = process.env;
const addon = createRequire(import.meta.url)(override || "../../../build/Release/mqtt_native.node");
const COUNT = 20;

/** Refers to a function of the copy, which refers to all that it has. */
function copy(isOpen) {
  const held = {};
  const deliver = () => held;
  held.environment = new addon.Environment(deliver, () => held.environment.drain(), true, 2);
  held.session = new addon.Session(held.environment, 1);
  held.publish = held.session.publish;
  if (isOpen) held.environment.retain(true);
  return new WeakRef(deliver);
}

const count = (copies) => copies.filter((each) => each.deref() !== undefined).length;
const openFiles = () => readdirSync("/proc/self/fd").length;

const client = await Client.connect(url); // the engine disposes of sessions only once it has begun to work
const [before] = addon.liveObjectCounts();
const kept = [copy(true)];
const files = openFiles();
const dropped = Array.from({ length: COUNT }, () => copy(false));
for (let round = 0; round < 200; round++) {
  await delay(10);
  globalThis.gc();
  if (count(dropped) === 0 && addon.liveObjectCounts()[0] === before + 1 && openFiles() <= files) break;
}
const left = Math.max(count(dropped), addon.liveObjectCounts()[0] - before - 1, openFiles() - files);
console.log(`${left} left, ${count(kept)} kept`);
await client.disconnect();
