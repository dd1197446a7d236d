// Formats the results as Markdown.

import { causes } from "../scenarios/slow-trips.mjs";
import { networkSections } from "./network.mjs";
import { added, bounds, slowClass } from "./round-trips.mjs";
import { ratioFor } from "./statistics.mjs";
import { figureTable, listClients, number, ours, table, times } from "./table.mjs";

const throughput = ["receive", "publish"];
const everything = [...throughput, "round-trip", "connect"];

/** Each figure is a table with a row for each case of its kinds. */
const figures = [
  { title: "Messages per second", kinds: throughput, key: "rate", digits: 0 },
  { title: "JavaScript thread, µs per message", kinds: throughput, key: "jsMicroseconds", digits: 2 },
  {
    title: "All threads of the client, µs per message",
    kinds: throughput,
    key: "cpuMicroseconds",
    digits: 2,
  },
  {
    title: "How busy the mock broker was, % of a processor",
    kinds: throughput,
    key: "brokerShare",
    digits: 0,
    scale: 100,
    alone: true,
  },
  { title: "Round trips, p50, µs", kinds: ["round-trip"], key: "p50", digits: 0 },
  { title: "Round trips, p99, µs", kinds: ["round-trip"], key: "p99", digits: 0 },
  { title: "Round trips, p99.9, µs", kinds: ["round-trip"], key: "p999", digits: 0 },
  {
    title: "Round trips, JavaScript thread, µs for each",
    kinds: ["round-trip"],
    key: "jsMicroseconds",
    digits: 1,
  },
  {
    title: "Round trips, all threads, µs for each",
    kinds: ["round-trip"],
    key: "cpuMicroseconds",
    digits: 1,
  },
  { title: "Connecting, ms until all are", kinds: ["connect"], key: "milliseconds", digits: 1 },
  { title: "Connecting, ms of all threads", kinds: ["connect"], key: "cpuMilliseconds", digits: 1 },
  { title: "An idle client, KiB", kinds: ["connect"], key: "idleKibibytes", digits: 1 },
  { title: "Peak memory, MiB", kinds: everything, key: "peakMebibytes", digits: 0 },
  {
    title: "How far apart the processors were, ns to write 4 KiB",
    kinds: everything,
    key: "coreLatency",
    digits: 0,
    alone: true,
  },
];

/** Formats `results`, the content of results.json that run.mjs writes. */
export function markdown(results) {
  const { outcomes, obstacle } = results;
  const local = outcomes.filter(({ testCase }) => !testCase.network);
  const network = outcomes.filter(({ testCase }) => testCase.network);
  const ofKinds = (kinds) => local.filter(({ testCase }) => kinds.includes(testCase.kind));
  const sections = [
    heading(results),
    ...figures.map(({ kinds, ...figure }) => figureTable(figure, ofKinds(kinds))),
    topicsTable(local),
    histogramTable(local),
    causesTable(local),
    ...networkSections(network),
    obstacle && `Cells over a network were skipped: ${obstacle}`,
    failureList(outcomes),
  ];
  return `${sections.filter(Boolean).join("\n\n")}\n`;
}

function heading({ machine, rounds, seconds }) {
  const { node, processor, processors, congestionControl, versions } = machine;
  const others = Object.entries(versions)
    .filter(([, version]) => version !== undefined)
    .map(([name, version]) => `, ${name} ${version}`);
  const network = congestionControl === undefined ? "" : `; TCP is set to ${congestionControl}`;
  return `Node ${node}${others.join("")}; ${processors} × ${processor}${network}; medians of ${rounds} rounds of ${seconds} s.
× is ${ours} to the client left of it: the median of the ratios of each round.`;
}

/** The rates with many topics as ratios to those with one. */
function topicsTable(outcomes) {
  const find = (testCase, variant) =>
    outcomes.find(({ testCase: { words } }) =>
      Object.entries({ ...testCase.words, variant }).every(([facet, word]) => words[facet] === word),
    );
  const pairs = outcomes
    .filter(({ testCase }) => testCase.variant === "1000-topics")
    .map((many) => ({ many, one: find(many.testCase, "plain") }))
    .filter(({ one }) => one);
  if (pairs.length === 0) return undefined;
  const clients = listClients(pairs.map(({ many }) => many));
  const body = pairs.map(({ many, one }) => [
    one.testCase.name,
    ...clients.map((name) => times(ratioFor(many.results[name], one.results[name], "rate"))),
  ]);
  return table("Messages per second with 1 000 topics, to those with one", ["case", ...clients], body);
}

function histogramTable(outcomes) {
  const rows = roundTrips(outcomes).map(({ testCase, name, results }) => [
    testCase.name,
    name,
    ...added(results.map(({ histogram }) => histogram)).map((count) => number(count || undefined, 0)),
  ]);
  if (rows.length === 0) return undefined;
  return table("Round trips, how many took so long", ["case", "client", ...classNames()], rows);
}

/** The causes of slow round trips; see README.md, "Slow round trips". */
function causesTable(outcomes) {
  const rows = roundTrips(outcomes).flatMap(({ testCase, name, results }) =>
    Object.entries(causes).flatMap(([cause, text]) => {
      const histograms = results.flatMap(({ slow }) => (slow[cause] ? [slow[cause]] : []));
      if (histograms.length === 0) return [];
      const counts = added(histograms).slice(slowClass);
      return [[testCase.name, name, text, ...counts.map((count) => number(count || undefined, 0))]];
    }),
  );
  if (rows.length === 0) return undefined;
  const head = ["case", "client", "cause", ...classNames().slice(slowClass)];
  return table("Round trips above 2 ms, and why", head, rows, 3);
}

function failureList(outcomes) {
  const lines = outcomes.flatMap(({ testCase, failures }) =>
    failures.map(({ client, text }) => `- **${testCase.name}, ${client}**: ${text}`),
  );
  return lines.length > 0 ? `### Failed\n\n${lines.join("\n")}` : undefined;
}

const roundTrips = (outcomes) =>
  outcomes.flatMap(({ testCase, results }) =>
    Object.entries(results)
      .filter(([, those]) => testCase.kind === "round-trip" && those.length > 0)
      .map(([name, those]) => ({ testCase, name, results: those })),
  );

function classNames() {
  const unit = (bound) => (bound < 1000 ? `${bound} µs` : `${bound / 1000} ms`);
  return [...bounds.map((bound) => `≤ ${unit(bound)}`), "more"];
}
