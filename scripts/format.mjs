// npm run format: puts every file into its form.

import { formatSteps } from "./checks/lint.mjs";
import { runChecks } from "./setup/run-checks.mjs";

await runChecks("npm run format", formatSteps);
