// npm run bench: the benchmark. Arguments are the benchmark's own.

import { readOptions } from "../bench/options.mjs";
import { refuse } from "./setup/command-line.mjs";
import { becomeNode } from "./setup/run.mjs";
import { setUp } from "./setup/set-up.mjs";

const words = process.argv.slice(2);
const { cases } = parse();
const network = cases.some((testCase) => testCase.network) ? ["system:network"] : [];
await setUp(["system:broker", ...network, "npm", "addon", "dist", "bench-programs"]);
await becomeNode("bench/run.mjs", words);

function parse() {
  try {
    return readOptions(words);
  } catch (error) {
    return refuse(error.message);
  }
}
