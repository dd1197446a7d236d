// The tests in TypeScript. vitest reports for itself.

import { packageProgram, show } from "../setup/run.mjs";

export const vitestSteps = ["unit", "integration"].map((name) => [
  name,
  () => show(packageProgram("vitest"), ["run", `test/${name}/`]),
]);
