// Whether the benchmark still works: a few of its cases, far too short to say anything about speed.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root, run } from "../setup/run.mjs";

const cases = [
  "receive qos2 16B",
  "publish qos1 16B",
  "publish qos0 16B mqttjs",
  "round-trip qos1 paced",
  "connect 100-clients",
  "receive qos1 16B 5000/s network",
];
const needs = ["system:broker", "system:network", "npm", "addon", "dist", "bench-programs"];

export const benchSteps = [["bench:smoke", smoke, { needs, seconds: 30 }]];

/** Its exit code says whether any client failed in any case. The build that is compared with is this one. */
async function smoke() {
  const folder = join(root, "build/bench/smoke");
  const flags = ["--quick", "--seconds", "0.1", "--compare", root, "--out", folder];
  await run(process.execPath, ["bench/run.mjs", ...flags, ...cases]);
  const { obstacle, outcomes } = JSON.parse(readFileSync(join(folder, "results.json"), "utf8"));
  const skipped = obstacle === undefined ? "" : `, skipped those over a network: ${obstacle}`;
  return `${outcomes.length} cases${skipped}`;
}
