// The tests in TypeScript. vitest reports for itself.

import { packageProgram, show } from "../setup/run.mjs";

// Only a terminal understands colours; vitest would paint a log file too.
const env = process.stdout.isTTY ? {} : { NO_COLOR: "1" };

export const vitestSteps = ["unit", "integration", "trust"].map((name) => [
  name,
  () => show(packageProgram("vitest"), ["run", `test/${name}/`], { env }),
]);
