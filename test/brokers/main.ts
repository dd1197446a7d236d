// The client against other people's brokers: npm run test:brokers.

import { brokerKinds } from "./brokers/index.ts";
import type { BrokerKind } from "./brokers/kind.ts";
import { checks } from "./checks/index.ts";
import { readOptions } from "./options.ts";
import { isBad } from "./outcome.ts";
import { documentIsCurrent, writeDocument } from "./report/document.ts";
import { sumUp, tell } from "./report/progress.ts";
import type { BrokerRun } from "./report/table.ts";
import { runBroker } from "./run-broker.ts";

// The handlers of "exit" end brokers and remove their files.
process.once("SIGINT", () => process.exit(130)).once("SIGTERM", () => process.exit(143));

const options = readOptions(process.argv.slice(2));
const kinds = brokerKinds.filter(
  ({ name }) => options.brokers.length === 0 || options.brokers.includes(name),
);
const chosen = checks.filter(({ group, name }) => isWanted(`${group}: ${name}`));

const begin = performance.now();
const runs: BrokerRun[] = [];
const problems: string[] = [];
for (const kind of kinds) await tryBroker(kind);
const results = runs.flatMap((each) => each.results);
sumUp(results, (performance.now() - begin) / 1_000);
if (options.everything && runs.length === brokerKinds.length) compareDocument();
for (const problem of problems) console.log(problem);
process.exitCode = problems.length > 0 || results.some(isBad) ? 1 : 0;

function isWanted(title: string): boolean {
  const { only } = options;
  return only.length === 0 || only.some((text) => title.toLowerCase().includes(text.toLowerCase()));
}

async function tryBroker(kind: BrokerKind): Promise<void> {
  const version = versionOf(kind);
  if (version === undefined) return;
  console.log(`\n${kind.title} ${version}`);
  try {
    runs.push({ kind, version, results: await runBroker(kind, chosen, options, tell) });
  } catch (error) {
    problems.push(`${kind.title}: ${(error as Error).stack}`);
  }
}

/** The version of a broker, if it can be had. */
function versionOf(kind: BrokerKind): string | undefined {
  try {
    return kind.version();
  } catch (error) {
    console.log(`\n${kind.title} is skipped: ${(error as Error).message}`);
    return undefined;
  }
}

function compareDocument(): void {
  if (options.write) writeDocument(runs, checks);
  else if (!documentIsCurrent(runs, checks))
    problems.push("docs/brokers.md says something else. With --write it says this.");
}
