// npm run smoke: packs the package and tries it as those do who install it. Names of steps as arguments select:
// npm run smoke -- smoke:bun smoke:deno

import { packageSteps } from "./checks/package.mjs";
import { smokeSteps } from "./checks/smoke.mjs";
import { stepsNamed } from "./setup/command-line.mjs";
import { runChecks } from "./setup/run-checks.mjs";

const selected = stepsNamed(process.argv.slice(2), smokeSteps);

await runChecks("npm run smoke", [...packageSteps, ...selected]);
