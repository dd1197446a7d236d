// The plot of a measurement: an SVG without scripts, for light and dark pages.

import type { Result } from "./measurement.ts";
import type { Latency, Point } from "./meter.ts";
import { type Axis, exactAxis, linearAxis, logAxis } from "./plot-axes.ts";
import type { BenchSettings } from "./settings.ts";
import { grouped, rateText, timeText } from "./text.ts";

const WIDTH = 760;
const LEFT = 76;
const RIGHT = 64;
const RATE = { top: 64, height: 140 };
const LATENCY = { top: 250, height: 180 };
const HEIGHT = LATENCY.top + LATENCY.height + 44;

const STYLE = `
  .page { fill: #ffffff; }
  text { font: 12px system-ui, sans-serif; fill: #24292f; }
  .title { font-size: 15px; font-weight: 600; }
  .quiet { fill: #59636e; }
  .grid { stroke: #59636e; stroke-opacity: 0.25; }
  .rate { fill: #2f81f7; fill-opacity: 0.3; stroke: #2f81f7; stroke-width: 1.5; }
  .line { fill: none; stroke-width: 1.5; stroke-linejoin: round; }
  .p50 { stroke: #1a7f37; } text.p50 { fill: #1a7f37; stroke: none; }
  .p99 { stroke: #bc4c00; } text.p99 { fill: #bc4c00; stroke: none; }
  .max { stroke: #8250df; stroke-dasharray: 3 2; } text.max { fill: #8250df; stroke: none; }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117; } text { fill: #e6edf3; } .quiet { fill: #9198a1; } .grid { stroke: #9198a1; }
    .p50 { stroke: #3fb950; } text.p50 { fill: #3fb950; }
    .p99 { stroke: #f0883e; } text.p99 { fill: #f0883e; }
    .max { stroke: #bc8cff; } text.max { fill: #bc8cff; }
  }
`;

/** Returns an SVG of the rate and of the latency over time. */
export function plot(settings: BenchSettings, { points, seconds, rate, latency }: Result): string {
  const { mode, clients, qos, size } = settings;
  const title = `${mode}, ${grouped(clients)} client${clients === 1 ? "" : "s"}, QoS ${qos}${mode === "sub" ? "" : `, ${grouped(size)} B`}`;
  const time = exactAxis(seconds, WIDTH - LEFT - RIGHT, 8);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" role="img" aria-label="${title}: ${rateText(rate)} messages a second">`,
    `<style>${STYLE}</style>`,
    `<rect class="page" width="${WIDTH}" height="${HEIGHT}"/>`,
    label(12, 24, title, "title"),
    label(WIDTH - 12, 24, summary(rate, latency), "quiet", "end"),
    ...ratePanel(points, time),
    ...latencyPanel(points, time),
    ...time.ticks.map((tick) => label(LEFT + time.place(tick), HEIGHT - 22, String(tick), "quiet", "middle")),
    label((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, "seconds", "quiet", "middle"),
    "</svg>\n",
  ].join("\n");
}

function summary(rate: number, latency: Latency | undefined): string {
  const times = latency === undefined ? "" : `, p50 ${timeText(latency.p50)}, p99 ${timeText(latency.p99)}`;
  return `${rateText(rate)}/s${times}`;
}

function ratePanel(points: readonly Point[], time: Axis): string[] {
  const rates = points.map(({ messages, seconds }) => messages / seconds);
  const axis = linearAxis(Math.max(1, ...rates), RATE.height, 4);
  const bottom = RATE.top + RATE.height;
  const steps = points.map(({ at, seconds }, index) => {
    const y = bottom - axis.place(rates[index] ?? 0);
    return `L${spot(LEFT + time.place(at - seconds), y)} L${spot(LEFT + time.place(at), y)}`;
  });
  const end = LEFT + time.place(points.at(-1)?.at ?? 0);
  return [
    label(12, RATE.top - 14, "messages a second", "quiet"),
    ...axis.ticks.flatMap((tick) => gridLine(bottom - axis.place(tick), rateText(tick))),
    `<path class="rate" d="M${spot(LEFT, bottom)} ${steps.join(" ")} L${spot(end, bottom)} Z"/>`,
  ];
}

const LINES = ["max", "p99", "p50"] as const;

function latencyPanel(points: readonly Point[], time: Axis): string[] {
  const known = points.filter((point): point is Point & { latency: Latency } => point.latency !== undefined);
  if (known.length === 0) return [];
  const values = known.flatMap(({ latency }) => [latency.p50, latency.max]);
  const axis = logAxis(Math.max(1, Math.min(...values)), Math.max(1, ...values), LATENCY.height);
  const bottom = LATENCY.top + LATENCY.height;
  const y = (value: number) => bottom - axis.place(Math.max(1, value));
  const lines = LINES.map((name) => {
    const spots = known.map(({ at, seconds, latency }) =>
      spot(LEFT + time.place(at - seconds / 2), y(latency[name])),
    );
    return `<path class="line ${name}" d="M${spots.join(" L")}"/>`;
  });
  return [
    label(12, LATENCY.top - 14, "latency", "quiet"),
    ...axis.ticks.flatMap((tick) => gridLine(bottom - axis.place(tick), timeText(tick))),
    ...lines,
    ...nameLines(known.at(-1)?.latency, y),
  ];
}

const LINE_HEIGHT = 14;

/** Writes the names of the lines behind their ends, without overlaps. */
function nameLines(last: Latency | undefined, y: (value: number) => number): string[] {
  if (last === undefined) return [];
  let lowest = Number.NEGATIVE_INFINITY;
  return LINES.map((name) => {
    lowest = Math.max(lowest + LINE_HEIGHT, y(last[name]) + 4);
    return label(WIDTH - RIGHT + 8, lowest, name, name);
  });
}

const gridLine = (y: number, text: string): string[] => [
  `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y.toFixed(1)}" y2="${y.toFixed(1)}"/>`,
  label(LEFT - 8, y + 4, text, "quiet", "end"),
];

function label(x: number, y: number, text: string, style: string, anchor = "start"): string {
  return `<text class="${style}" x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${escaped(text)}</text>`;
}

const spot = (x: number, y: number): string => `${x.toFixed(1)},${y.toFixed(1)}`;

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
