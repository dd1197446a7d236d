// Programs of `npm run test:brokers`, all in build/brokers/: brokers that come from npm, and the conformance checks.

import { cpSync } from "node:fs";
import { join } from "node:path";
import { packageProgram, root, run } from "./run.mjs";
import { whenChanged } from "./stamp.mjs";

const npmSource = "test/brokers/npm";
const npmFolder = "build/brokers/npm";

/** The checks as one program, which imports the package by its name, as a user's would. */
export const conformanceProgram = "build/brokers/conformance.mjs";

/** A step: installs the brokers that come from npm, unless they are there. */
export function npmBrokers() {
  const product = `${npmFolder}/node_modules`;
  return whenChanged({ name: "npm-brokers", inputs: [npmSource], product }, async () => {
    cpSync(join(root, npmSource), join(root, npmFolder), { recursive: true });
    await run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: npmFolder });
  });
}

/** A step: bundles the conformance checks when one of their files has changed. */
export function conformanceBuild() {
  const inputs = ["test/brokers", "test/support", "scripts/services.mjs", "package-lock.json"];
  const flags = ["--bundle", "--format=esm", "--platform=node", "--target=node20.19", "--sourcemap"];
  return whenChanged({ name: "conformance-build", inputs, product: conformanceProgram }, async () => {
    const target = ["--packages=external", `--outfile=${conformanceProgram}`];
    await run(packageProgram("esbuild"), ["test/brokers/main.ts", ...flags, ...target]);
  });
}
