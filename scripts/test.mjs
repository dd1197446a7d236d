// npm test: every check there is. Names of steps, or of groups of them, as arguments select:
// npm test -- lint unit engine:thread

import { benchSteps } from "./checks/bench.mjs";
import { engineSteps } from "./checks/engine.mjs";
import { lintSteps } from "./checks/lint.mjs";
import { packageSteps } from "./checks/package.mjs";
import { smokeSetUp, smokeSteps } from "./checks/smoke.mjs";
import { quickSoakSteps } from "./checks/trust.mjs";
import { typesSteps } from "./checks/types.mjs";
import { vitestSteps } from "./checks/vitest.mjs";
import { stepsNamed } from "./setup/command-line.mjs";
import { buildSteps, installPackages } from "./setup/set-up.mjs";
import { allSteps } from "./setup/steps.mjs";

const checks = [
  ...lintSteps,
  ...typesSteps,
  ...engineSteps,
  ...vitestSteps,
  ...benchSteps,
  ...quickSoakSteps,
  ...packageSteps,
  ...smokeSetUp,
  ...smokeSteps,
];
const chosen = stepsNamed(process.argv.slice(2), checks);

await installPackages({ tests: true });
// The smoke test tries a tarball: that of today.
const implied = smokeSteps.some((step) => chosen.includes(step)) ? [...packageSteps, ...smokeSetUp] : [];
const selected = checks.filter((check) => chosen.includes(check) || implied.includes(check));
process.exitCode = (await allSteps([...buildSteps, ...selected])) ? 0 : 1;
