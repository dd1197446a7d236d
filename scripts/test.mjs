// npm test: every check. Arguments select checks by their names or those of their groups.
//
// npm test -- lint unit engine:thread
//
// With --plan it only says how long the checks take, and what it would install and build.

import { checks } from "./checks/all.mjs";
import { stepsNamed } from "./setup/command-line.mjs";
import { runChecks } from "./setup/run-checks.mjs";

const words = process.argv.slice(2);
const names = words.filter((word) => word !== "--plan");

await runChecks("npm test", stepsNamed(names, checks), { planOnly: names.length < words.length });
