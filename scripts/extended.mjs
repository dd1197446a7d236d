// npm run test:extended, test:asan, test:tsan, test:fuzz, soak: long tests, each of them one command.
// Arguments: which of them, then --seconds for random tests and fuzzers, --seed, --scale and --only of the soak.

import { parseArgs } from "node:util";
import { addressSteps, extendedSteps, soakSteps, threadSteps } from "./checks/extended.mjs";
import { fuzzSteps } from "./checks/fuzz.mjs";
import { positive, refuse, whole } from "./setup/command-line.mjs";
import { runChecks } from "./setup/run-checks.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: "string", default: "60" },
    seed: { type: "string", default: `${Math.floor(Math.random() * 1e9)}` },
    scale: { type: "string", default: "1" },
    only: { type: "string", multiple: true, default: [] },
  },
});
const seconds = whole("--seconds", values.seconds, 1); // libFuzzer takes no others, and 0 for "without end"
const seed = whole("--seed", values.seed, 0);
const scale = positive("--scale", values.scale);
const kinds = {
  all: () => extendedSteps(seconds, seed),
  asan: () => addressSteps,
  tsan: () => threadSteps,
  fuzz: () => fuzzSteps(seconds),
  soak: () => soakSteps(scale, values.only),
};
const [kind = "all", ...more] = positionals;
if (!Object.hasOwn(kinds, kind)) refuse(`There is no ${kind}. There are: ${Object.keys(kinds).join(" ")}`);
if (more.length > 0) refuse(`One at a time: what is ${more.join(" ")}?`);

await runChecks(`long tests, ${kind}`, kinds[kind]());
