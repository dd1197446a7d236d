// The targets of speed and cost for the cases over a network.

import { medianFor, ratioFor } from "./statistics.mjs";
import { number, ours, table, times } from "./table.mjs";

const other = "MQTT.js, TCP_NODELAY";
/** The share of a processor above which the broker counts as the limit. */
const busyBroker = 0.9;

const isRoundTrip = ({ testCase }) => testCase.kind === "round-trip" && testCase.qos < 2;
const isRequest = ({ testCase }) => testCase.kind === "request";
const isThroughput = ({ testCase }) =>
  ["receive", "publish", "pub-sub"].includes(testCase.kind) && !testCase.rate;
const isBrokerLimit = ({ results }) => medianFor(results[ours], "brokerShare") >= busyBroker;

/**
 * `ratio` compares with MQTT.js without Nagle's algorithm. `least` and `most` are the bounds of the figure or ratio.
 */
const targets = [
  { of: isRoundTrip, key: "p50", text: "p50", ratio: true, most: 1 },
  { of: isRoundTrip, key: "p99", text: "p99", ratio: true, most: 1 },
  { of: isRequest, key: "p50", text: "p50, µs", most: 300 },
  { of: isRequest, key: "p99", text: "p99, µs", most: 1000 },
  {
    of: (outcome) => isThroughput(outcome) && !isBrokerLimit(outcome),
    key: "rate",
    text: "messages per second",
    ratio: true,
    least: 1.5,
  },
  {
    of: (outcome) => isThroughput(outcome) && isBrokerLimit(outcome),
    key: "rate",
    text: "messages per second, the broker being the limit",
    ratio: true,
    least: 1,
  },
  { of: () => true, key: "cpuMicroseconds", text: "all threads", ratio: true, most: 1 },
  { of: () => true, key: "jsMicroseconds", text: "JavaScript thread", ratio: true, most: 0.5 },
];

/** The verdicts [{ testCase, text, value, isMet, ... }] on all cases that have the figures. */
export const verdicts = (outcomes) =>
  outcomes
    .filter(({ testCase }) => testCase.network)
    .flatMap((outcome) =>
      targets
        .filter(({ of }) => of(outcome))
        .map((target) => verdictOn(outcome, target))
        .filter(({ value }) => value !== undefined),
    );

function verdictOn({ testCase, results }, { key, text, ratio = false, least, most }) {
  const value = ratio ? ratioFor(results[ours], results[other], key) : medianFor(results[ours], key);
  const isMet = least === undefined ? value <= most : value >= least;
  return { testCase: testCase.name, text, ratio, value, least, most, isMet };
}

export function targetsTable(outcomes) {
  const all = verdicts(outcomes);
  if (all.length === 0) return undefined;
  const rows = all.map(({ testCase, text, ratio, value, least, most, isMet }) => {
    const written = ratio ? times : (figure) => number(figure, 0);
    const bound = least === undefined ? `≤ ${written(most)}` : `≥ ${written(least)}`;
    return [testCase, text, isMet ? "met" : "**not met**", written(value), bound];
  });
  const count = all.filter(({ isMet }) => isMet).length;
  const title = `Over a network: targets, ${count} of ${all.length} met`;
  const note = `Ratios are those of ${ours} to ${other}.`;
  return `${table(title, ["case", "figure", "target", "is", "should be"], rows, 3)}\n\n${note}`;
}
