// npm run smoke: packs the package and tests the installed tarball. Arguments select steps by their names.
//
// npm run smoke -- smoke:bun smoke:deno

import { packageSteps } from "./checks/package.mjs";
import { smokeSteps } from "./checks/smoke.mjs";
import { stepsNamed } from "./setup/command-line.mjs";
import { runChecks } from "./setup/run-checks.mjs";

const selected = stepsNamed(process.argv.slice(2), smokeSteps);

await runChecks("npm run smoke", [...packageSteps, ...selected]);
