// build/ecosystem/: the packages that use MQTT.js, for `npm run test:ecosystem`.

import { cpSync } from "node:fs";
import { join } from "node:path";
import { root, run } from "./run.mjs";
import { whenChanged } from "./stamp.mjs";

const source = "test/ecosystem/packages";
const folder = "build/ecosystem";

/** A step: installs them, unless they are there. Their scripts do not run. */
export function ecosystemPackages() {
  return whenChanged({ name: "ecosystem", inputs: [source], product: `${folder}/node_modules` }, async () => {
    cpSync(join(root, source), join(root, folder), { recursive: true });
    await run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: folder });
  });
}
