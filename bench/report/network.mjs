// The tables of the cases over a network, and the targets.

import { figureTable } from "./table.mjs";
import { targetsTable } from "./targets.mjs";

const isTrip = ({ kind }) => ["round-trip", "request", "call"].includes(kind);
const isPaced = ({ rate }) => rate !== undefined;
const isThroughput = (testCase) => !isTrip(testCase) && !isPaced(testCase);
const isAny = () => true;

const latencies = ["p50", "p90", "p99"];

const figures = [
  ...latencies.map((key) => ({ title: `one at a time, ${key}, µs`, of: isTrip, key, digits: 0 })),
  ...latencies
    .filter((key) => key !== "p90")
    .map((key) => ({ title: `paced messages, ${key}, µs`, of: isPaced, key, digits: 0 })),
  {
    title: "paced messages, the share of the pace that was kept, %",
    of: isPaced,
    key: "paceShare",
    digits: 0,
    scale: 100,
    alone: true,
  },
  { title: "messages per second", of: isThroughput, key: "rate", digits: 0 },
  { title: "JavaScript thread, µs per message", of: isAny, key: "jsMicroseconds", digits: 2 },
  { title: "all threads of the client, µs per message", of: isAny, key: "cpuMicroseconds", digits: 2 },
  {
    title: "how busy mosquitto was, % of a processor",
    of: isAny,
    key: "brokerShare",
    digits: 0,
    scale: 100,
    alone: true,
  },
];

export function networkSections(outcomes) {
  return [
    ...figures.map(({ title, of, ...figure }) =>
      figureTable(
        { title: `Over a network: ${title}`, ...figure },
        outcomes.filter(({ testCase }) => of(testCase)),
      ),
    ),
    targetsTable(outcomes),
  ];
}
