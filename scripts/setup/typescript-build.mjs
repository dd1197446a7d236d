// The JavaScript that is published: dist/.

import { rmSync } from "node:fs";
import { join } from "node:path";
import { packageProgram, root, run } from "./run.mjs";
import { whenChanged } from "./stamp.mjs";

/** A step: compiles lib/ into dist/ when one of its files has changed. */
export function typescriptBuild() {
  const inputs = ["lib", "tsconfig.json", "package-lock.json"];
  return whenChanged({ name: "typescript-build", inputs, product: "dist/index.js" }, async () => {
    // From nothing, so that what was renamed or deleted in lib/ does not live on in dist/.
    for (const leftover of ["dist", "build/lib.tsbuildinfo"]) {
      rmSync(join(root, leftover), { recursive: true, force: true });
    }
    await run(packageProgram("tsc"), ["-p", "."]);
  });
}
