// npm run prebuilds: prebuilds/, what is published of the addon, and whether it may be.

import { packageSteps } from "./checks/package.mjs";
import { installPackages } from "./setup/set-up.mjs";
import { allSteps } from "./setup/steps.mjs";

const wanted = ["package:system", "package:prebuilds", "package:binaries"];

await installPackages();
process.exitCode = (await allSteps(packageSteps.filter(([name]) => wanted.includes(name)))) ? 0 : 1;
