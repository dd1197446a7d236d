// Everything that has to be there before anything of ours can run.

import { nativeBuild } from "./native-build.mjs";
import { npmPackages } from "./npm-packages.mjs";
import { stepsInOrder } from "./steps.mjs";
import { systemPackages } from "./system-packages.mjs";
import { typescriptBuild } from "./typescript-build.mjs";

export const buildSteps = [
  ["build:native", nativeBuild],
  ["build:typescript", typescriptBuild],
];

/** The packages of the system and of npm; with `tests` also those that only tests and linters need, with `fuzzing` what libFuzzer takes. */
export async function installPackages({ tests = false, fuzzing = false } = {}) {
  await stepsInOrder([
    [
      "packages:system",
      () => systemPackages("build", "running", ...(tests ? ["tests"] : []), ...(fuzzing ? ["fuzzing"] : [])),
    ],
    ["packages:npm", npmPackages],
  ]);
}

/** What running needs: packages, the addon and the compiled TypeScript. */
export async function setUp() {
  await installPackages();
  await stepsInOrder(buildSteps);
}
