// One line per step with its duration; the whole story only of a step that failed.

import { CommandFailure } from "./run.mjs";

const terminal = process.stdout.isTTY;
const paint = (code) => (text) =>
  terminal && !process.env.NO_COLOR ? `\u001b[${code}m${text}\u001b[0m` : text;
const green = paint(32);
const red = paint(31);
const grey = paint(90);

/** Thrown by a step that cannot go on: a text for the person at the terminal, not a defect of ours. */
export class Stop extends Error {}

/**
 * Runs one step. Its function may return a short remark for its line. Never rejects: the result says how it went.
 */
export async function step(name, work) {
  const begin = performance.now();
  const seconds = () => (performance.now() - begin) / 1000;
  if (terminal) process.stdout.write(grey(`… ${name}`));
  try {
    const remark = await work();
    report(green("✓"), name, seconds(), remark);
    return { name, passed: true, remark, seconds: seconds() };
  } catch (error) {
    report(red("✗"), name, seconds(), "failed");
    console.log(explain(error));
    return { name, passed: false, remark: error.message.split("\n", 1)[0], seconds: seconds() };
  }
}

/** Runs steps one after the other and ends the process when one fails: the later ones need the earlier ones. */
export async function stepsInOrder(steps) {
  for (const [name, work] of steps) {
    if (!(await step(name, work)).passed) process.exit(1);
  }
}

/** Runs every step, whatever becomes of the others, and sums up. Resolves with whether all passed. */
export async function allSteps(steps) {
  const results = [];
  for (const [name, work] of steps) results.push(await step(name, work));
  console.log("\nSummary");
  for (const { name, passed, remark, seconds } of results) {
    report(passed ? green("✓") : red("✗"), name, seconds, remark);
  }
  const failed = results.filter(({ passed }) => !passed).length;
  const passed = failed === 0;
  console.log(passed ? green("Everything passed.") : red(`${failed} of ${results.length} steps failed.`));
  return passed;
}

function report(mark, name, seconds, remark = "") {
  const overTheRunningStep = terminal ? "\r\u001b[2K" : "";
  const duration = grey(`${seconds.toFixed(2).padStart(7)} s`);
  console.log(`${overTheRunningStep}${mark} ${name.padEnd(18)} ${duration}  ${remark}`.trimEnd());
}

function explain(error) {
  if (error instanceof Stop) return error.message;
  if (!(error instanceof CommandFailure)) return error.stack;
  return [grey(`$ ${error.commandLine}`), error.output, red(error.message)].filter(Boolean).join("\n");
}
