import type { Result } from "./measurement.ts";
import type { BenchSettings } from "./settings.ts";
import { grouped, rateText, type Styles, timeText } from "./text.ts";

const LATENCIES = [
  ["p50", "p50"],
  ["p90", "p90"],
  ["p99", "p99"],
  ["p999", "p99.9"],
  ["max", "max"],
] as const;

/** The latency of each mode, for people. */
const MEANINGS: Readonly<Record<BenchSettings["mode"], string>> = {
  pub: "from the publish to the broker's acknowledgement",
  sub: "from the publish to the program, of messages with a time",
  "fan-in": "from the publish to the subscriber",
  "fan-out": "from the publish to each subscriber",
  rtt: "from the publish back to its client",
};

/** Returns the summary for people. */
export function summaryText(settings: BenchSettings, result: Result, { bold, dim }: Styles): string {
  const { mode, clients, qos, size } = settings;
  const { seconds, messages, rate, latency, lost } = result;
  const meaning = mode === "pub" && qos === 0 ? "from the publish to its write" : MEANINGS[mode];
  const rows = [
    ["messages", grouped(messages)],
    ["rate", `${bold(rateText(rate))} /s`],
    ...(lost > 0 ? [["no answer", grouped(lost)]] : []),
    ...(latency === undefined ? [] : LATENCIES.map(([key, name]) => [name, bold(timeText(latency[key]))])),
  ];
  const of = mode === "sub" ? "" : `, ${grouped(size)} B`;
  const heading = `${mode}: ${grouped(clients)} client${clients === 1 ? "" : "s"}, QoS ${qos}${of}, ${seconds.toFixed(1)} s`;
  const note = latency === undefined ? "" : `\n${dim(`Latency: ${meaning}.`)}\n`;
  return `${heading}\n${rows.map(([name = "", value = ""]) => `  ${name.padEnd(10)}${value}`).join("\n")}\n${note}`;
}

/** Returns the summary as one line of JSON. */
export function summaryJson(settings: BenchSettings, result: Result): string {
  const { mode, clients, qos, size } = settings;
  const { seconds, messages, rate, latency } = result;
  const rounded = { seconds: Number(seconds.toFixed(3)), messages, rate: Number(rate.toFixed(1)) };
  return `${JSON.stringify({
    ...{ mode, clients, qos, size, ...rounded },
    latency: latency === undefined ? null : { unit: "us", ...latency },
  })}\n`;
}
