// The benchmark: see README.md in this folder. npm run bench does what it needs first.

import { fork } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { complaints, startStandIn } from "./broker.mjs";
import { cells } from "./cells.mjs";
import { markdown } from "./tables.mjs";

const usage = `npm run bench -- [options]
  --all              every cell; without it a selection that takes two to three minutes
  --only <prefix>    the cells whose names begin so; may be given several times
  --rounds <n>       measurements of each client in each cell (3)
  --seconds <n>      length of a measurement (1)
  --json <file>      where to write every single result
  --list             the names of the cells`;

const { values: options } = parseArgs({
  options: {
    all: { type: "boolean" },
    quick: { type: "boolean" }, // the default; for the sake of those who say it
    only: { type: "string", multiple: true },
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "1" },
    json: { type: "string" },
    list: { type: "boolean" },
    help: { type: "boolean" },
  },
});
const rounds = Number(options.rounds);
const seconds = Number(options.seconds);
const selected = cells.filter(({ name, quick }) =>
  options.only ? options.only.some((prefix) => name.startsWith(prefix)) : options.all || quick,
);

/** One measurement in a process of its own, against a stand-in of its own. */
async function measure(contender, cell) {
  const standIn = await startStandIn();
  const job = { contender, port: standIn.port, cell, seconds };
  const child = fork(fileURLToPath(new URL("measure.mjs", import.meta.url)), [JSON.stringify(job)]);
  const patience = setTimeout(() => child.kill("SIGKILL"), 1000 * (30 + 10 * seconds));
  let result;
  child.once("message", (message) => {
    result = message;
  });
  const [code, signal] = await once(child, "exit");
  clearTimeout(patience);
  const report = await standIn.finish();
  if (signal === "SIGKILL") throw new Error(`no end in sight; ${report.violations.join("; ")}`);
  if (code !== 0 || !result) throw new Error(`ended with ${signal ?? code}; ${report.violations.join("; ")}`);
  const found = complaints(report, result);
  if (found.length > 0) throw new Error(found.join("; "));
  return { ...result, standInCpuSeconds: report.cpuSeconds };
}

/** All rounds of a cell, the contenders taking turns. */
async function measureCell(cell) {
  const results = Object.fromEntries(cell.contenders.map((name) => [name, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const name of cell.contenders) {
      progress(`${cell.name}, round ${round} of ${rounds}: ${name}`);
      results[name].push(await measure(name, cell));
    }
  }
  return { cell, results };
}

const begin = performance.now();
let done = 0;
function progress(text) {
  const elapsed = ((performance.now() - begin) / 1000).toFixed(0).padStart(4);
  const line = `${elapsed} s  cell ${done + 1} of ${selected.length}: ${text}`;
  process.stderr.write(process.stderr.isTTY ? `\r\u001b[2K${line}` : `${line}\n`);
}

if (options.help || options.list || selected.length === 0 || !(rounds >= 1) || !(seconds > 0)) {
  console.log(options.list ? cells.map(({ name }) => name).join("\n") : usage);
  process.exit(options.help || options.list ? 0 : 2);
}

const outcomes = [];
const failures = [];
for (const cell of selected) {
  try {
    outcomes.push(await measureCell(cell));
  } catch (error) {
    failures.push(`${cell.name}: ${error.message}`);
    process.stderr.write(`\nFAILED ${failures.at(-1)}\n`);
  }
  done++;
}
if (process.stderr.isTTY) process.stderr.write("\r\u001b[2K");

const machine = {
  node: process.version,
  processor: cpus()[0]?.model,
  processors: availableParallelism(),
};
console.log(
  `Node ${machine.node}, ${machine.processors} × ${machine.processor}; medians of ${rounds} rounds\n`,
);
console.log(markdown(outcomes));
for (const failure of failures) console.log(`**FAILED** ${failure}`);
if (options.json)
  writeFileSync(
    options.json,
    `${JSON.stringify({ machine, rounds, seconds, outcomes, failures }, null, 2)}\n`,
  );
process.exitCode = failures.length > 0 ? 1 : 0;
