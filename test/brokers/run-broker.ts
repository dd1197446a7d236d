import type { BrokerKind } from "./brokers/kind.ts";
import { RunningBroker } from "./brokers/running-broker.ts";
import type { Check } from "./check.ts";
import type { Options } from "./options.ts";
import type { Result } from "./outcome.ts";
import { runCheck } from "./run-check.ts";
import { type Column, transports } from "./terms.ts";

/** Checks that run at once: most of them wait. */
const WORKERS = 6;

interface Job {
  readonly check: Check;
  readonly column: Column;
}

/** Runs the chosen checks on each chosen transport with each chosen version, all on one broker. */
export async function runBroker(
  kind: BrokerKind,
  checks: readonly Check[],
  options: Options,
  report: (result: Result) => void,
): Promise<Result[]> {
  const jobs = jobsOf(kind, checks, options);
  if (jobs.length === 0) return [];
  await using broker = await RunningBroker.start(kind);
  const results: Result[] = [];
  const run = async ({ check, column }: Job) => {
    const result = await runCheck(check, column, broker, options.packets);
    report(result);
    results.push(result);
  };
  const together = jobs.filter(({ check }) => !check.alone);
  await inParallel(options.packets ? 1 : WORKERS, together, run);
  for (const job of jobs) if (job.check.alone) await run(job);
  return results;
}

function jobsOf(kind: BrokerKind, checks: readonly Check[], options: Options): Job[] {
  const columns = transports.flatMap((transport) =>
    kind.protocols.map((protocol) => ({ broker: kind.name, transport, protocol })),
  );
  return columns
    .filter(
      ({ transport, protocol }) =>
        options.transports.includes(transport) && options.protocols.includes(protocol),
    )
    .flatMap((column) =>
      checks.filter(({ versions }) => versions.includes(column.protocol)).map((check) => ({ check, column })),
    );
}

async function inParallel<Item>(
  count: number,
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const waiting = [...items];
  const worker = async () => {
    for (let item = waiting.shift(); item; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: count }, worker));
}
