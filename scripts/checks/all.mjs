// Every check of npm test, in its order.

import { benchSteps } from "./bench.mjs";
import { engineSteps } from "./engine.mjs";
import { quickSoakSteps } from "./extended.mjs";
import { lintSteps } from "./lint.mjs";
import { packageSteps } from "./package.mjs";
import { smokeSteps } from "./smoke.mjs";
import { typesSteps } from "./types.mjs";
import { vitestSteps } from "./vitest.mjs";

export const checks = [
  ...lintSteps,
  ...typesSteps,
  ...engineSteps,
  ...vitestSteps,
  ...benchSteps,
  ...quickSoakSteps,
  ...packageSteps,
  ...smokeSteps,
];

/** The checks of npm run check: those that take seconds. */
export const quickChecks = checks.filter(([name]) =>
  ["lint:biome", "lint:clang-format", "lint:types", "types:oldest", "types:newest", "unit"].includes(name),
);
