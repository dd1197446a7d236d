// node scripts/mqttjs-suite.mjs DIR [--only LIST] [FILE...]: MQTT.js's own tests on dist/mqttjs.
//
// DIR is a checkout of MQTT.js with its packages, and with a folder `harness` whose `run.mjs` points the tests at
// another module (--impl). Nothing of either belongs to this repository.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const [directory, ...args] = process.argv.slice(2);
if (directory === undefined || !existsSync(join(directory, "harness/run.mjs"))) {
  console.error(
    "usage: node scripts/mqttjs-suite.mjs DIR [--only LIST] [FILE...], where DIR has harness/run.mjs",
  );
  process.exit(2);
}
const implementation = fileURLToPath(new URL("../dist/mqttjs/index.cjs", import.meta.url));
const defaults = args.includes("--only") ? [] : ["--only", resolve(directory, "blackbox.json")];
const run = spawnSync(
  process.execPath,
  ["harness/run.mjs", "--impl", implementation, "--timeout", "5000", ...defaults, ...args],
  { cwd: directory, stdio: "inherit" },
);
process.exit(run.status ?? 1);
