// npm pack and npm publish run this first: the packed files are up to date and complete, or nothing is packed.

import { binaries } from "./checks/package.mjs";
import { refuse } from "./setup/command-line.mjs";
import { copyHeaders } from "./setup/headers.mjs";
import { installedAsLocked } from "./setup/npm-packages.mjs";
import { prebuilds } from "./setup/prebuilds.mjs";
import { stepsInOrder } from "./setup/steps.mjs";
import { missingPackages } from "./setup/system-packages.mjs";
import { typescriptBuild } from "./setup/typescript-build.mjs";

// npm pack installs nothing: a command that installs must say so by its name.
const missing = [
  ...missingPackages(["build", "prebuild"]),
  ...(installedAsLocked() ? [] : ["the npm packages of package-lock.json"]),
];
if (missing.length > 0)
  refuse(`npm pack lacks ${missing.join(", ")}: npm run prebuilds installs them and builds the binaries.`);

await stepsInOrder([
  ["build:typescript", typescriptBuild],
  ["package:headers", copyHeaders],
  ["package:prebuilds", prebuilds],
  ["package:binaries", binaries],
]);
