// The program of `npm run test:brokers`, in build/brokers/.

import { packageProgram, run } from "./run.mjs";
import { whenChanged } from "./stamp.mjs";

/** The checks as one program, which imports the package by its name, as a user's would. */
export const conformanceProgram = "build/brokers/conformance.mjs";

/** A step: bundles the conformance checks when one of their files has changed. */
export function conformanceBuild() {
  const inputs = ["test/brokers", "test/support", "scripts/services.mjs", "package-lock.json"];
  const flags = ["--bundle", "--format=esm", "--platform=node", "--target=node20.19", "--sourcemap"];
  return whenChanged({ name: "conformance-build", inputs, product: conformanceProgram }, async () => {
    const target = ["--packages=external", `--outfile=${conformanceProgram}`];
    await run(packageProgram("esbuild"), ["test/brokers/main.ts", ...flags, ...target]);
  });
}
