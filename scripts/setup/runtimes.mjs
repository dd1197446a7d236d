// build/runtimes/: the versions of Node, the other runtimes and the package managers that the package is tried with.

import { cpSync } from "node:fs";
import { join } from "node:path";
import { root, run } from "./run.mjs";
import { whenChanged } from "./stamp.mjs";

const source = "test/smoke/runtimes";
const folder = "build/runtimes";

/** The path of a file that these packages brought. */
export const runtimeFile = (path) => join(root, folder, "node_modules", path);

/** A step: downloads them, unless they are there. */
export function runtimes() {
  return whenChanged({ name: "runtimes", inputs: [source], product: `${folder}/node_modules` }, async () => {
    cpSync(join(root, source), join(root, folder), { recursive: true });
    // By force, since half of them are for another architecture; their scripts would only fetch what is there.
    await run("npm", ["ci", "--force", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: folder });
  });
}
