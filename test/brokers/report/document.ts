import { readFileSync, writeFileSync } from "node:fs";
import type { Fault } from "../brokers/kind.ts";
import type { Check } from "../check.ts";
import { type BrokerRun, type Numbers, numberFaults, tableOf } from "./table.ts";

/** `npm run test:brokers` starts us in the root of the repository. */
const DOCUMENT = "docs/brokers.md";
const BEGIN = "<!-- npm run test:brokers -- --write -->\n";
const END = "<!-- the end of that -->\n";

/** Puts the results of a run of everything into the document. */
export function writeDocument(runs: readonly BrokerRun[], checks: readonly Check[]): void {
  const { before, after } = parts();
  writeFileSync(DOCUMENT, `${before}${generated(runs, checks)}${after}`);
}

/** Whether the document has the results of this run of everything. */
export const documentIsCurrent = (runs: readonly BrokerRun[], checks: readonly Check[]): boolean =>
  parts().between === generated(runs, checks);

function parts() {
  const text = readFileSync(DOCUMENT, "utf8");
  const begin = text.indexOf(BEGIN) + BEGIN.length;
  const end = text.indexOf(END);
  return { before: text.slice(0, begin), between: text.slice(begin, end), after: text.slice(end) };
}

function generated(runs: readonly BrokerRun[], checks: readonly Check[]): string {
  const numbers = numberFaults(runs);
  const sections = [tableOf(runs, checks, numbers), ...runs.map((each) => sectionOf(each, numbers))];
  return `\n${sections.join("\n\n")}\n\n`;
}

function sectionOf({ kind, version }: BrokerRun, numbers: Numbers): string {
  const lacks = Object.entries(kind.lacks).map(([feature, reason]) => `- – ${feature}: ${reason}.`);
  const faults = kind.faults.map((fault) => faultText(fault, numbers));
  const all = [lacks.join("\n"), ...faults].filter(Boolean);
  return [`### ${kind.title} ${version}`, ...(all.length > 0 ? all : ["It passes all checks."])].join("\n\n");
}

function faultText({ check, reason, sometimes, packets = [] }: Fault, numbers: Numbers): string {
  const number = [...numbers].find(([fault]) => fault.check === check && fault.reason === reason)?.[1];
  const said = `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.${sometimes ? " In some runs only." : ""}`;
  const listing = packets.length > 0 ? ["```text", ...packets, "```"].join("\n") : "";
  return [`[${number}] *${check}*`, said, listing].filter(Boolean).join("\n\n");
}
