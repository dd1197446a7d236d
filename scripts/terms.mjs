// Prints the old terms that are left, with their number and the new term.
//
// node scripts/terms.mjs [term…]
//
// With terms it prints the places of these.

import { refuse } from "./setup/command-line.mjs";
import { usesOf } from "./terms/files.mjs";
import { DONE, TERMS } from "./terms/terms.mjs";

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !TERMS.some(({ old }) => old === name));
if (unknown.length > 0) refuse(`There is no term ${unknown.join(" or ")}`);

if (chosen.length > 0) {
  for (const term of TERMS.filter(({ old }) => chosen.includes(old)))
    for (const place of usesOf(term)) console.log(`${place}: ${term.old} → ${term.now}`);
} else {
  for (const term of TERMS) console.log(row(term));
}

function row(term) {
  const count = usesOf(term).length;
  const isDone = DONE.includes(term.old);
  const remark = count > 0 ? (isDone ? "back again!" : "") : isDone ? "done" : "gone: add it to DONE";
  return `${String(count).padStart(5)}  ${term.old.padEnd(18)} → ${term.now}${remark && `  (${remark})`}`;
}
