// The medians and ratios of a run as short JSON.

import { medianFor, ratioFor } from "./statistics.mjs";
import { ours } from "./table.mjs";
import { verdicts } from "./targets.mjs";

const keys = [
  ...["rate", "p50", "p90", "p99", "p999", "milliseconds"],
  ...[
    "jsMicroseconds",
    "cpuMicroseconds",
    "cpuMilliseconds",
    "brokerShare",
    "idleKibibytes",
    "peakMebibytes",
  ],
];
const significantDigits = 4;

/**
 * `cases` has the medians by case and client, and under `ratios` those of this package to the client's. `missed` has
 * the targets that are not met.
 */
export function digest({ machine, rounds, seconds, obstacle, outcomes }) {
  const cases = Object.fromEntries(
    outcomes.map(({ testCase, results }) => [testCase.name, clientsIn(results)]),
  );
  const missed = verdicts(outcomes)
    .filter(({ isMet }) => !isMet)
    .map(({ testCase, text, value, least, most }) => ({
      testCase,
      figure: text,
      value: rounded(value),
      least,
      most,
    }));
  const failed = outcomes.flatMap(({ testCase, failures }) =>
    failures.map(({ client, text }) => ({ testCase: testCase.name, client: client, text })),
  );
  return { machine, rounds, seconds, obstacle, cases, missed, failed };
}

const clientsIn = (results) =>
  Object.fromEntries(
    Object.entries(results).map(([name, own]) => [
      name,
      {
        ...numbers((key) => medianFor(own, key)),
        ...(name !== ours && { ratios: numbers((key) => ratioFor(results[ours], own, key)) }),
      },
    ]),
  );

/** The figures that a case has. */
const numbers = (find) =>
  Object.fromEntries(
    keys
      .map((key) => [key, find(key)])
      .flatMap(([key, value]) => (value === undefined ? [] : [[key, rounded(value)]])),
  );

const rounded = (value) => Number(value.toPrecision(significantDigits));
