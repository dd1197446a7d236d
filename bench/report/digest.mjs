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
 * `cells` has the medians by cell and client, and under `ratios` those of this package to the client's. `missed` has
 * the targets that are not met.
 */
export function digest({ machine, rounds, seconds, obstacle, outcomes }) {
  const cells = Object.fromEntries(outcomes.map(({ cell, results }) => [cell.name, clientsIn(results)]));
  const missed = verdicts(outcomes)
    .filter(({ isMet }) => !isMet)
    .map(({ cell, text, value, least, most }) => ({
      cell,
      figure: text,
      value: rounded(value),
      least,
      most,
    }));
  const failed = outcomes.flatMap(({ cell, failures }) =>
    failures.map(({ client, text }) => ({ cell: cell.name, client: client, text })),
  );
  return { machine, rounds, seconds, obstacle, cells, missed, failed };
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

/** The figures that a cell has. */
const numbers = (find) =>
  Object.fromEntries(
    keys
      .map((key) => [key, find(key)])
      .flatMap(([key, value]) => (value === undefined ? [] : [[key, rounded(value)]])),
  );

const rounded = (value) => Number(value.toPrecision(significantDigits));
