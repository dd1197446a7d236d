// npm run bench: the benchmark. Arguments are the benchmark's own.

import { benchBuild } from "./setup/bench-build.mjs";
import { becomeNode } from "./setup/run.mjs";
import { setUp } from "./setup/set-up.mjs";
import { stepsInOrder } from "./setup/steps.mjs";

await setUp();
await stepsInOrder([["build:bench", benchBuild]]);
await becomeNode("bench/run.mjs", process.argv.slice(2));
