// npm run check: the checks that take seconds. They find most mistakes before npm test does.

import { quickChecks } from "./checks/all.mjs";
import { runChecks } from "./setup/run-checks.mjs";

await runChecks("npm run check", quickChecks);
