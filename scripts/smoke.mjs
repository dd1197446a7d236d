// npm run smoke: packs the package and tries it as those do who install it. Names of steps as arguments select:
// npm run smoke -- smoke:bun smoke:deno

import { packageSteps } from "./checks/package.mjs";
import { smokeSetUp, smokeSteps } from "./checks/smoke.mjs";
import { stepsNamed } from "./setup/command-line.mjs";
import { installPackages } from "./setup/set-up.mjs";
import { allSteps } from "./setup/steps.mjs";

const selected = stepsNamed(process.argv.slice(2), smokeSteps);

await installPackages();
process.exitCode = (await allSteps([...packageSteps, ...smokeSetUp, ...selected])) ? 0 : 1;
