// The cost of importing the package, which short-lived programs pay too: above an empty process, and beside mqtt.

import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "../../setup/run.mjs";
import { Stop } from "../../setup/steps.mjs";
import { runIn } from "./application.mjs";

const rounds = 15;
const most = { cpu: 30, memory: 10 }; // milliseconds of processor time, megabytes
const clients = {
  nothing: [],
  "mqtt-native": ["mqtt-native"],
  mqtt: [pathToFileURL(join(root, "node_modules/mqtt/build/index.js")).href],
};

/**
 * A step. The cheapest of many runs counts: the others have been disturbed. The measure is the processor time of all
 * threads, since on a busy machine the clock says nothing. On an idle machine less time than that passes.
 */
export async function importCost(folder) {
  const cheapest = {};
  for (let round = 0; round < rounds; round++) {
    for (const [name, args] of Object.entries(clients)) {
      const usage = JSON.parse(await runIn(folder, [process.execPath, "cost.mjs", ...args]));
      cheapest[name] = least(usage, cheapest[name] ?? usage);
    }
  }
  const ours = above(cheapest.nothing, cheapest["mqtt-native"]);
  const theirs = above(cheapest.nothing, cheapest.mqtt);
  const remark = `${text(ours)}; import("mqtt"): ${text(theirs)}`;
  if (ours.cpu > most.cpu || ours.memory > most.memory) throw new Stop(`Importing costs ${remark}`);
  return remark;
}

const least = (one, other) => map(one, (key) => Math.min(one[key], other[key]));
const above = (base, usage) => map(usage, (key) => usage[key] - base[key]);
const map = (usage, of) => Object.fromEntries(Object.keys(usage).map((key) => [key, of(key)]));

const text = ({ cpu, memory }) => `${cpu.toFixed(1)} ms, ${memory.toFixed(1)} MB`;
