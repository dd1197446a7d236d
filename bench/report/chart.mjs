// Draws a chart for the README: messages per second as multiples of MQTT.js's.

import { ratioFor } from "./statistics.mjs";

const width = 760;
const left = 190;
const right = 60;
const top = 66;
const bar = 14;
const step = 18;
const gap = 12; // between groups

/** Colours that are legible on light and dark pages. */
const style = `
  text { font: 12px system-ui, sans-serif; fill: #24292f; }
  .title { font-size: 15px; font-weight: 600; }
  .quiet { fill: #6e7781; }
  .more { fill: #2f81f7; }
  .less { fill: #d9730d; }
  line { stroke: #6e7781; stroke-opacity: 0.35; }
  .one { stroke-opacity: 1; }
  @media (prefers-color-scheme: dark) { text { fill: #e6edf3; } .quiet { fill: #8b949e; } line { stroke: #8b949e; } }
`;

/** Returns the SVG, or undefined when there are no results for it. */
export function chart({ outcomes }) {
  const bars = outcomes
    .filter(({ testCase }) => testCase.variant === "plain")
    .map(({ testCase, results }) => ({
      group: `${testCase.kind}, QoS ${testCase.qos}`,
      label: testCase.words.size.replace(/(?<=\d)(?=\D)/, " "),
      ratio: ratioFor(results["mqtt-native"], results["MQTT.js"], "rate"),
    }))
    .filter(({ ratio }) => ratio !== undefined);
  return bars.length > 0 ? draw(bars) : undefined;
}

function draw(bars) {
  const scale = logarithmic(bars.map(({ ratio }) => ratio));
  const { rows, bottom } = drawBars(bars, scale);
  const title = "Messages per second: mqtt-native to MQTT.js in the same run";
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${bottom + 8}" width="${width}" role="img" aria-label="${title}">
<style>${style}</style>
${text(10, 10, title, "title")}
${scale.ticks.map((tick) => drawTick(tick, scale.x(tick), bottom)).join("\n")}
${rows.join("\n")}
</svg>
`;
}

/** A logarithmic scale: a ratio of 2 is as far from 1 as a ratio of 1/2. */
function logarithmic(ratios) {
  const ticks = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
  const least = ticks.findLast((tick) => tick <= Math.min(1, ...ratios)) ?? ticks[0];
  const most = ticks.find((tick) => tick >= Math.max(2, ...ratios)) ?? ticks.at(-1);
  const share = (ratio) => Math.log(ratio / least) / Math.log(most / least);
  return {
    ticks: ticks.filter((tick) => tick >= least && tick <= most),
    x: (ratio) => left + share(Math.min(most, Math.max(least, ratio))) * (width - left - right),
  };
}

function drawTick(tick, x, bottom) {
  const isOne = tick === 1;
  return `${text(x, top - 26, isOne ? "MQTT.js" : `${tick} ×`, "quiet", "middle")}
<line${isOne ? ' class="one"' : ""} x1="${x.toFixed(1)}" x2="${x.toFixed(1)}" y1="${top - 8}" y2="${bottom}"/>`;
}

function drawBars(bars, { x }) {
  let y = top;
  let group = bars[0].group;
  const rows = [text(10, y, group)];
  for (const { group: own, label, ratio } of bars) {
    if (own !== group) {
      y += gap;
      rows.push(text(10, y, own));
    }
    group = own;
    const [begin, end] = [x(1), x(ratio)].sort((a, b) => a - b);
    rows.push(
      text(left - 8, y, label, "quiet", "end"),
      `<rect class="${ratio < 1 ? "less" : "more"}" x="${begin.toFixed(1)}" y="${y}" width="${(end - begin).toFixed(1)}" height="${bar}"/>`,
      text(end + 6, y, `${ratio < 10 ? ratio.toFixed(1) : ratio.toFixed(0)} ×`),
    );
    y += step;
  }
  return { rows, bottom: y };
}

const text = (x, y, words, type = "", anchor = "start") =>
  `<text x="${x.toFixed(1)}" y="${y + bar - 3}" class="${type}" text-anchor="${anchor}">${words}</text>`;
