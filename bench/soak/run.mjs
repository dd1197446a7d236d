// Load and soak tests with many clients, hostile brokers and long lives. Each scenario runs in a process of its own,
// prints its figures, and fails when one exceeds its limit. npm run soak prepares everything first.

import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { scenarios } from "./scenarios.mjs";

const usage = `npm run soak -- [options]
  --only <name>     one scenario; may be given several times: ${Object.keys(scenarios).join(" ")}
  --scale <factor>  how much of everything (1): 0.05 is a quick look, 10 a long soak`;

const { values: options } = parseArgs({
  options: {
    only: { type: "string", multiple: true },
    scale: { type: "string", default: "1" },
    help: { type: "boolean" },
  },
});
const names = options.only ?? Object.keys(scenarios);
const unknown = names.filter((name) => !(name in scenarios));
if (options.help || unknown.length > 0 || !(Number(options.scale) > 0)) {
  console.log(usage);
  process.exit(options.help ? 0 : 2);
}

let failures = 0;
for (const name of names) {
  const begin = performance.now();
  const child = fork(fileURLToPath(new URL("scenario.mjs", import.meta.url)), [name, options.scale], {
    // V8's young generation would otherwise grow with the load and dominate the measurement.
    execArgv: ["--expose-gc", "--max-semi-space-size=2"],
  });
  const patience = setTimeout(() => child.kill("SIGKILL"), 600_000 * Math.max(1, Number(options.scale)));
  const [code, signal] = await once(child, "exit");
  clearTimeout(patience);
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  console.log(`${code === 0 ? "passed" : `FAILED (${signal ?? code})`} ${name} in ${seconds} s\n`);
  if (code !== 0) failures++;
}
process.exitCode = failures > 0 ? 1 : 0;
