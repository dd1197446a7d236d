// A run of checks: says what it takes, sets up what these checks need, and runs them.

import { provide, setUpPlan, withTheirNeeds } from "./set-up.mjs";
import { allSteps, Stop } from "./steps.mjs";

/** Runs the checks and sets the exit code. With `planOnly` it says what it would do, and does nothing. */
export async function runChecks(title, checks, { planOnly = false } = {}) {
  console.log(plan(title, checks));
  if (planOnly) return;
  const failed = await provide(needsOf(checks));
  process.exitCode = (await allSteps(withoutNeeds(checks, failed))) ? 0 : 1;
}

/** The checks, of which those fail at once that need something in `failed`. The others run. */
export function withoutNeeds(checks, failed) {
  return checks.map(([name, work, traits]) => {
    const missing = withTheirNeeds(traits.needs).filter((need) => failed.has(need));
    const fail = () => {
      throw new Stop(`Its set-up failed: ${missing.join(", ")}`);
    };
    return [name, missing.length > 0 ? fail : work, traits];
  });
}

/** The needs that the checks declare, each once. */
export const needsOf = (checks) => [...new Set(checks.flatMap(([, , { needs }]) => needs))];

/** Describes a run of these checks in two lines: its duration, and its set-up. */
export function plan(title, checks) {
  const seconds = checks.reduce((sum, [, , traits]) => sum + traits.seconds, 0);
  const number = checks.length === 1 ? "1 check" : `${checks.length} checks`;
  return [`${title}: ${number}, about ${duration(seconds)} on two cores.`, setUpPlan(needsOf(checks))]
    .filter(Boolean)
    .join("\n");
}

const duration = (seconds) =>
  seconds < 90 ? `${Math.max(1, Math.round(seconds))} s` : `${Math.round(seconds / 60)} minutes`;
