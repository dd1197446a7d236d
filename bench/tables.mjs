// The results as Markdown.

import { medians, ratio } from "./statistics.mjs";

const tables = [
  {
    title: "Messages per second",
    kinds: ["receive", "publish"],
    columns: [
      { name: "messages/s", key: "rate", digits: 0, compare: true },
      { name: "CPU µs per message", key: "cpuMicroseconds", digits: 2 },
      { name: "of the JavaScript thread", key: "jsMicroseconds", digits: 2, compare: true },
      { name: "peak MiB", key: "peakMebibytes", digits: 0 },
    ],
  },
  {
    title: "Round trip, one at a time, 64 bytes",
    kinds: ["round-trip"],
    reference: "MQTT.js, TCP_NODELAY",
    columns: [
      { name: "p50 µs", key: "p50", digits: 0, compare: true },
      { name: "p99 µs", key: "p99", digits: 0, compare: true },
      { name: "p99.9 µs", key: "p999", digits: 0 },
    ],
  },
  {
    title: "Connecting clients at once",
    kinds: ["connect"],
    columns: [
      { name: "ms for all", key: "milliseconds", digits: 1, compare: true },
      { name: "CPU ms", key: "cpuMilliseconds", digits: 1 },
      { name: "peak MiB", key: "peakMebibytes", digits: 0 },
    ],
  },
];

/** `outcomes`: [{ cell, results: { contender: [result per round] } }] */
export function markdown(outcomes) {
  return tables
    .map((table) => ({ ...table, rows: outcomes.filter(({ cell }) => table.kinds.includes(cell.kind)) }))
    .filter(({ rows }) => rows.length > 0)
    .map(section)
    .join("\n");
}

function section({ title, columns, rows, reference = "MQTT.js" }) {
  const head = [
    "cell",
    "client",
    ...columns.flatMap(({ name, compare }) => (compare ? [name, `to ${reference}`] : [name])),
  ];
  const align = head.map((_, column) => (column < 2 ? "---" : "---:"));
  const body = rows.flatMap(({ cell, results }) =>
    Object.keys(results).map((contender, index) => [
      index === 0 ? cell.name : "",
      contender,
      ...columns.flatMap((column) => values(column, contender, results, reference)),
    ]),
  );
  return [`### ${title}`, "", ...[head, align, ...body].map((row) => `| ${row.join(" | ")} |`), ""].join(
    "\n",
  );
}

function values({ key, digits, compare }, contender, results, reference) {
  const value = medians(results[contender])[key];
  const text =
    value === undefined
      ? "–"
      : value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  if (!compare) return [text];
  if (contender === reference) return [text, ""];
  return [text, `${ratio(results[contender], results[reference], key).toFixed(2)} ×`];
}
