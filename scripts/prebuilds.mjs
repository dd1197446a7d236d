// npm run prebuilds: makes prebuilds/, the published form of the addon, and checks whether each may be published.

import { packageSteps } from "./checks/package.mjs";
import { stepsNamed } from "./setup/command-line.mjs";
import { runChecks } from "./setup/run-checks.mjs";

await runChecks("npm run prebuilds", stepsNamed(["package:prebuilds", "package:binaries"], packageSteps));
