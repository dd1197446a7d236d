// npm run lint: formatters and linters in their checking mode, and the types of everything.

import { lintSteps } from "./checks/lint.mjs";
import { installPackages } from "./setup/set-up.mjs";
import { allSteps } from "./setup/steps.mjs";

await installPackages({ tests: true });
process.exitCode = (await allSteps(lintSteps)) ? 0 : 1;
