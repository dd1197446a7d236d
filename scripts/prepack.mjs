// npm pack and npm publish run this first: what is packed is up to date and complete, or nothing is packed.

import { binaries } from "./checks/package.mjs";
import { copyHeaders } from "./setup/headers.mjs";
import { prebuilds } from "./setup/prebuilds.mjs";
import { stepsInOrder } from "./setup/steps.mjs";
import { typescriptBuild } from "./setup/typescript-build.mjs";

await stepsInOrder([
  ["build:typescript", typescriptBuild],
  ["package:headers", copyHeaders],
  ["package:prebuilds", prebuilds],
  ["package:binaries", binaries],
]);
