// Whether the benchmark still works: a few of its cells, far too short to say anything about speed.

import { join } from "node:path";
import { root, run } from "../setup/run.mjs";

const cells = ["receive qos2 16B", "publish qos1 16B", "round-trip qos1 paced", "connect 100-clients"];

export const benchSteps = [
  ["bench:smoke", smoke, { needs: ["npm", "addon", "dist", "bench-programs"], seconds: 20 }],
];

/** Its exit code says whether any client failed in any cell. The build that is compared with is this one. */
async function smoke() {
  const flags = ["--quick", "--seconds", "0.1", "--compare", root, "--out", join(root, "build/bench/smoke")];
  await run(process.execPath, ["bench/run.mjs", ...flags, ...cells]);
  return `${cells.length} cells`;
}
