// npm run bench: the benchmark. Arguments are the benchmark's own.

import { becomeNode } from "./setup/run.mjs";
import { setUp } from "./setup/set-up.mjs";
import { standInBuild } from "./setup/stand-in-build.mjs";
import { stepsInOrder } from "./setup/steps.mjs";

await setUp();
await stepsInOrder([["build:stand-in", standInBuild]]);
await becomeNode("bench/run.mjs", process.argv.slice(2));
