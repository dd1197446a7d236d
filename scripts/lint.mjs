// npm run lint: formatters and linters in their checking mode, and the types of everything.

import { lintSteps } from "./checks/lint.mjs";
import { runChecks } from "./setup/run-checks.mjs";

await runChecks("npm run lint", lintSteps);
