// npm test: every check there is. Names of checks, or of groups of them, as arguments select:
// npm test -- lint unit engine:thread
// With --plan it only says how long that takes, and what it would install and build.

import { checks } from "./checks/all.mjs";
import { stepsNamed } from "./setup/command-line.mjs";
import { runChecks } from "./setup/run-checks.mjs";

const words = process.argv.slice(2);
const names = words.filter((word) => word !== "--plan");

await runChecks("npm test", stepsNamed(names, checks), { planOnly: names.length < words.length });
