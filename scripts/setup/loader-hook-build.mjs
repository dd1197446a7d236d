// dist/mqttjs/register.*: the loader hook, which loads nothing else of the package.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { packageProgram, root, run } from "./run.mjs";

const folder = "dist/mqttjs";
const flags = ["--bundle", "--platform=node", "--target=node20.19"];

/** CommonJS serves both --import and --require. The hooks that Node runs on another thread must be a module. */
const bundles = [
  ["lib/register/register.ts", "--format=cjs", `--outfile=${folder}/register.cjs`],
  ["lib/register/hooks.ts", "--format=esm", `--outfile=${folder}/register-hooks.js`],
];

export async function buildLoaderHook() {
  for (const words of bundles) await run(packageProgram("esbuild"), [...words, ...flags]);
  // The hook exports nothing.
  writeFileSync(join(root, folder, "register.d.cts"), "export {};\n");
}
