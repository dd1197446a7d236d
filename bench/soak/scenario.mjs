// scenario.mjs <name> <scale>: runs one scenario.

import { scenarios } from "./scenarios.mjs";

const [name, scale] = process.argv.slice(2);
const complaints = [];
await scenarios[name]({
  scale: Number(scale),
  /** Prints a figure, which must not exceed the limit. */
  figure(what, value, limit = Number.POSITIVE_INFINITY) {
    const isTooMuch = !(value <= limit);
    const shown = Number.isInteger(value) ? value : value.toFixed(2);
    console.log(`  ${what}: ${shown}${Number.isFinite(limit) ? ` (limit ${limit})` : ""}`);
    if (isTooMuch) complaints.push(`${what}: ${shown}, the limit is ${limit}`);
  },
});
for (const complaint of complaints) console.log(`  TOO MUCH ${complaint}`);
process.exit(complaints.length > 0 ? 1 : 0);
