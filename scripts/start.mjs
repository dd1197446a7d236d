// npm start: the main job, a publisher and a subscriber. Arguments are the job's own.

import { becomeNode } from "./setup/run.mjs";
import { setUp } from "./setup/set-up.mjs";

await setUp(["system:broker", "addon", "dist"]);
await becomeNode("examples/main.mjs", process.argv.slice(2));
