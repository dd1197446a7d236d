// A chart for the README: how many times as many messages per second as MQTT.js.

import { ratioOf } from "./statistics.mjs";

const width = 760;
const left = 190;
const right = 60;
const bar = 14;
const step = 18;
const gap = 12; // between groups
const top = 46;

/** Colours that can be read on a light page and on a dark one. */
const style = `
  text { font: 12px system-ui, sans-serif; fill: #24292f; }
  .title { font-size: 15px; font-weight: 600; }
  .quiet { fill: #6e7781; }
  .bar { fill: #2f81f7; }
  .one { stroke: #6e7781; stroke-dasharray: 3 3; }
  @media (prefers-color-scheme: dark) { text { fill: #e6edf3; } .quiet { fill: #8b949e; } .one { stroke: #8b949e; } }
`;

/** The SVG, or nothing when there is nothing to show. */
export function chart({ outcomes }) {
  const bars = outcomes
    .filter(({ cell }) => cell.variant === "plain")
    .map(({ cell, results }) => ({
      group: `${cell.words.kind}, QoS ${cell.qos}`,
      label: cell.words.size.replace(/(?<=\d)(?=\D)/, " "),
      ratio: ratioOf(results["mqtt-native"], results["MQTT.js"], "rate"),
    }))
    .filter(({ ratio }) => ratio !== undefined);
  return bars.length > 0 ? draw(bars) : undefined;
}

function draw(bars) {
  const largest = Math.max(1, ...bars.map(({ ratio }) => ratio));
  const x = (ratio) => left + (ratio / largest) * (width - left - right);
  let y = top;
  let group;
  const rows = [];
  for (const { group: own, label, ratio } of bars) {
    if (group !== undefined && own !== group) y += gap;
    if (own !== group) rows.push(text(10, y, own));
    group = own;
    rows.push(text(left - 8, y, label, "quiet", "end"));
    rows.push(
      `<rect class="bar" x="${left}" y="${y}" width="${(x(ratio) - left).toFixed(1)}" height="${bar}" rx="2"/>`,
    );
    rows.push(text(x(ratio) + 6, y, `${ratio.toFixed(1)} ×`));
    y += step;
  }
  const title = "Messages per second, mqtt-native to MQTT.js in the same run";
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y + 8}" width="${width}" role="img" aria-label="${title}">
<style>${style}</style>
${text(10, 14, title, "title")}
${rows.join("\n")}
<line class="one" x1="${x(1).toFixed(1)}" x2="${x(1).toFixed(1)}" y1="${top - 6}" y2="${y}"/>
${text(x(1), top - 20, "MQTT.js = 1", "quiet", "middle")}
</svg>
`;
}

const text = (x, y, words, type = "", anchor = "start") =>
  `<text x="${x.toFixed(1)}" y="${y + bar - 3}" class="${type}" text-anchor="${anchor}">${words}</text>`;
