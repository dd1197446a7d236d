// npm test: every check there is. Names of steps, or of groups of them, as arguments select:
// npm test -- lint unit engine:thread

import { benchSteps } from "./checks/bench.mjs";
import { engineSteps } from "./checks/engine.mjs";
import { lintSteps } from "./checks/lint.mjs";
import { packageSteps } from "./checks/package.mjs";
import { smokeSetUp, smokeSteps } from "./checks/smoke.mjs";
import { quickSoakSteps } from "./checks/trust.mjs";
import { vitestSteps } from "./checks/vitest.mjs";
import { buildSteps, installPackages } from "./setup/set-up.mjs";
import { allSteps } from "./setup/steps.mjs";

const checks = [
  ...lintSteps,
  ...engineSteps,
  ...vitestSteps,
  ...benchSteps,
  ...quickSoakSteps,
  ...packageSteps,
  ...smokeSetUp,
  ...smokeSteps,
];
const wanted = process.argv.slice(2);
const selects = (argument, [name]) => name === argument || name.startsWith(`${argument}:`);

const unknown = wanted.filter((argument) => !checks.some((check) => selects(argument, check)));
if (unknown.length > 0) {
  const names = checks.map(([name]) => name);
  console.error(`There is no step ${unknown.join(" or ")}. There are: ${names.join(" ")}`);
  process.exit(2);
}

await installPackages({ tests: true });
const everything = wanted.length === 0;
const chosen = (check) => everything || wanted.some((argument) => selects(argument, check));
// The smoke test tries a tarball: that of today.
const implied = smokeSteps.some(chosen) ? [...packageSteps, ...smokeSetUp] : [];
const selected = checks.filter((check) => chosen(check) || implied.includes(check));
process.exitCode = (await allSteps([...buildSteps, ...selected])) ? 0 : 1;
