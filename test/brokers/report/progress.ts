import { isBad, type Outcome, type Result } from "../outcome.ts";

const MARKS: Record<Outcome["kind"], string> = {
  passed: "✓",
  failed: "✗",
  "known fault": "~",
  "unexpected pass": "!",
  absent: "–",
};

/** A line for a check that has been run, and more for one that is bad. */
export function tell(result: Result): void {
  const { outcome } = result;
  console.log(lineOf(result));
  const more = explanation(outcome);
  if (more) console.log(more.replaceAll(/^/gm, "    "));
  for (const line of result.packets) console.log(`    ${line}`);
}

function lineOf({ broker, transport, protocol, group, name, outcome, seconds }: Result): string {
  const column = `${broker} ${transport} ${protocol}`.padEnd(24);
  return `${MARKS[outcome.kind]} ${column} ${seconds.toFixed(1).padStart(5)} s  ${group}: ${name}`;
}

function explanation(outcome: Outcome): string {
  switch (outcome.kind) {
    case "passed":
      return "";
    case "absent":
      return outcome.reason;
    case "failed":
      return stackOf(outcome.error);
    case "known fault":
      return `${outcome.fault.reason} (${outcome.error.message.split("\n", 1)[0]})`;
    case "unexpected pass":
      return `This was expected to fail: ${outcome.fault.reason}`;
  }
}

const stackOf = ({ stack = "", cause }: Error): string =>
  cause instanceof Error ? `${stack}\nbecause of ${stackOf(cause)}` : stack;

/** Sums up, and repeats what is bad. */
export function sumUp(results: readonly Result[], seconds: number): void {
  const bad = results.filter(isBad);
  if (bad.length > 0) console.log("\nFailures");
  for (const result of bad) console.log(lineOf(result));
  const count = (kind: Outcome["kind"]) => results.filter(({ outcome }) => outcome.kind === kind).length;
  console.log(
    `\n${count("known fault")} known faults, ${count("unexpected pass")} unexpected passes, ${seconds.toFixed(0)} s`,
  );
  const passed = count("passed") + count("known fault");
  console.log(`${passed} passed, ${bad.length} failed, ${count("absent")} skipped`);
}
