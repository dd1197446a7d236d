// The tests in TypeScript. vitest reports for itself.

import { packageProgram, show } from "../setup/run.mjs";

// Only a terminal understands colours; vitest would paint a log file too.
const env = process.stdout.isTTY ? {} : { NO_COLOR: "1" };

const withBrokers = ["npm", "addon", "dist", "system:broker", "system:integration"];
const suites = {
  unit: { needs: ["npm", "addon"], seconds: 10 },
  integration: { needs: withBrokers, seconds: 90 },
  extended: { needs: withBrokers, seconds: 60 },
};

export const vitestSteps = Object.entries(suites).map(([name, traits]) => [
  name,
  () => show(packageProgram("vitest"), ["run", `test/${name}/`], { env }),
  traits,
]);
