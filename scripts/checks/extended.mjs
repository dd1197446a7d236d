// The long tests: see docs/testing.md.

import { show } from "../setup/run.mjs";
import { engineSteps } from "./engine.mjs";
import { fuzzSteps } from "./fuzz.mjs";
import { sanitizerSteps } from "./sanitizers.mjs";

const needs = ["npm", "addon", "dist", "bench-programs", "system:broker"];
const named = (steps, ...names) => steps.filter(([name]) => names.includes(name));

/** Lifetimes, faults and the model of delivery, each random test for so many seconds. */
const randomTests = (seconds, seed) => [
  "extended",
  () => {
    const env = { TRUST_SECONDS: `${seconds}`, TRUST_SEED: `${seed}` };
    return show(process.execPath, ["node_modules/vitest/vitest.mjs", "run", "test/extended/"], { env });
  },
  { needs: [...needs, "system:integration"], seconds: 70 },
];

const onlyFlags = (names) => names.flatMap((name) => ["--only", name]);
const soak = (...flags) => show(process.execPath, ["bench/soak/run.mjs", ...flags]);

export const soakSteps = (scale, only = []) => [
  ["soak", () => soak("--scale", `${scale}`, ...onlyFlags(only)), { needs, seconds: 160 * scale }],
];

const quick = ["hostile", "slow-consumer", "clients"];

/** A look at what can be said in seconds, on any machine. */
export const quickSoakSteps = [
  ["soak:quick", () => soak("--scale", "0.03", ...onlyFlags(quick)), { needs, seconds: 20 }],
];

export const addressSteps = [...named(engineSteps, "engine:address"), ...sanitizerSteps];
export const threadSteps = named(engineSteps, "engine:thread");

/** All of it; `seconds` is how long each random test and each fuzzer goes on. */
export function extendedSteps(seconds, seed) {
  return [
    ...addressSteps,
    ...threadSteps,
    randomTests(seconds, seed),
    ...fuzzSteps(seconds),
    ...soakSteps(1),
  ];
}
