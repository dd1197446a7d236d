// npm run format: puts every file into its form.

import { formatSteps } from "./checks/lint.mjs";
import { installPackages } from "./setup/set-up.mjs";
import { allSteps } from "./setup/steps.mjs";

await installPackages({ tests: true });
process.exitCode = (await allSteps(formatSteps)) ? 0 : 1;
