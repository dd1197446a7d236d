// npm run bench: the benchmark. Arguments are the benchmark's own.

import { becomeNode } from "./setup/run.mjs";
import { setUp } from "./setup/set-up.mjs";

await setUp(["system:broker", "npm", "addon", "dist", "bench-programs"]);
await becomeNode("bench/run.mjs", process.argv.slice(2));
