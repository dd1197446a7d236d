// Runs steps: one line per step with its duration, and the whole output of those that failed.
//
// A step is [name, work, traits]. Its `work` resolves with a remark. Checks have these traits:
// - `needs`: names of the needs (set-up.mjs) that must be installed or built first
// - `after`: names of the steps whose results the step uses
// - `seconds`: its approximate duration on two cores when nothing is built yet

import { CommandFailure } from "./run.mjs";

const terminal = process.stdout.isTTY;
const paint = (code) => (text) =>
  terminal && !process.env.NO_COLOR ? `\u001b[${code}m${text}\u001b[0m` : text;
const green = paint(32);
const red = paint(31);
const grey = paint(90);

/** Thrown by a step that cannot go on: a text for the person at the terminal, not a defect of ours. */
export class Stop extends Error {}

/** Runs steps one after the other and ends the process when one fails: the later ones need the earlier ones. */
export async function stepsInOrder(steps) {
  for (const [name, work] of steps) if (!(await passes(name, work))) process.exit(1);
}

/** Runs one step and prints its failure. Resolves with whether it passed. */
export async function passes(name, work) {
  const { failure } = await step(name, work);
  if (failure) console.log(explain(failure));
  return !failure;
}

/** Runs every step even when others fail, and prints the failures and a summary. Resolves with whether all passed. */
export async function allSteps(steps) {
  const results = [];
  for (const [name, work] of steps) results.push(await step(name, work));
  const failed = results.filter(({ failure }) => failure);
  for (const { name, failure } of failed) console.log(`\n${red(`✗ ${name}`)}\n${explain(failure)}`);
  console.log("\nSummary");
  for (const result of results) report(result);
  const allPassed = failed.length === 0;
  console.log(
    allPassed ? green("Everything passed.") : red(`${failed.length} of ${results.length} steps failed.`),
  );
  return allPassed;
}

/** Runs one step, whose function may return a short remark. Never rejects: the result says how it went. */
async function step(name, work) {
  const begin = performance.now();
  const result = { name };
  if (terminal) process.stdout.write(grey(`… ${name}`));
  try {
    result.remark = await work();
  } catch (error) {
    result.failure = error;
  }
  result.seconds = (performance.now() - begin) / 1000;
  report(result);
  return result;
}

function report({ name, failure, remark = "", seconds }) {
  const overTheRunningStep = terminal ? "\r\u001b[2K" : "";
  const mark = failure ? red("✗") : green("✓");
  const duration = grey(`${seconds.toFixed(2).padStart(7)} s`);
  const note = failure ? failure.message.split("\n", 1)[0] : remark;
  console.log(`${overTheRunningStep}${mark} ${name.padEnd(18)} ${duration}  ${note}`.trimEnd());
}

function explain(error) {
  if (error instanceof Stop) return error.message;
  if (!(error instanceof CommandFailure)) return error.stack;
  return [grey(`$ ${error.commandLine}`), error.output, red(error.message)].filter(Boolean).join("\n");
}
