// Prints the faults in the English of comments and documents, as file:line: rule: sentence.
//
// node scripts/english.mjs [--count] [path…]
//
// The paths are files and folders; the default is all. With --count it prints how many faults each folder has.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { filesWithEnglish } from "./english/files.mjs";
import { faultsIn } from "./english/rules.mjs";
import { refuse } from "./setup/command-line.mjs";
import { root } from "./setup/run.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { count: { type: "boolean", default: false } },
});
const files = filesWithEnglish(positionals);
if (files.length === 0) refuse(`There is no English in ${positionals.join(" or ")}`);

const faults = files.flatMap((file) =>
  faultsIn(file, readFileSync(join(root, file), "utf8")).map((fault) => ({ file, ...fault })),
);
if (values.count) countByFolder();
else for (const { file, line, rule, text } of faults) console.log(`${file}:${line}: ${rule}: ${text}`);
process.exitCode = faults.length === 0 ? 0 : 1;

function countByFolder() {
  const counts = {};
  for (const { file, rule } of faults) {
    const folder = file.includes("/") ? file.slice(0, file.lastIndexOf("/")) : file;
    counts[folder] ??= {};
    const kind = rule.replace(/^\d+ /, "");
    counts[folder][kind] = (counts[folder][kind] ?? 0) + 1;
  }
  console.table(counts);
}
