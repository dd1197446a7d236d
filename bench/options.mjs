// The command line.

import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { positive } from "../scripts/setup/command-line.mjs";
import { cases, select, vocabulary } from "./cases.mjs";
import { clients } from "./clients/index.mjs";

export const usage = `npm run bench -- [words] [options]

Without words every case. With words the cases that have them; of words in one line below, any. "In quotes": one case's name.
${Object.values(vocabulary)
  .map((words) => `  ${words.join(" ")}`)
  .join("\n")}

  --quick              short: one round of 0.2 seconds, and without words only a few cases
  --rounds <n>         measurements of each client in each case (3)
  --seconds <n>        length of a measurement (1)
  --with <client>      also this one: "mqtt-native, busyPoll", "bare socket", or aws-crt, which is installed when first
                       asked for
  --only <client>      only this one, instead of all; may be given several times
  --compare <folder>   also mqtt-native as another checkout has it, which has been built: "mqtt-native, before"
  --out <folder>       where the results go (bench/results)
  --from <file>        measure nothing, but write those anew from this results.json
  --list               the names of the cases
  --help`;

/** Parses the command line. Throws an Error whose text is for the user. */
export function readOptions(words) {
  const { values, positionals } = parseArgs({
    args: words,
    allowPositionals: true,
    options: {
      quick: { type: "boolean", default: false },
      rounds: { type: "string" },
      seconds: { type: "string" },
      with: { type: "string", multiple: true, default: [] },
      only: { type: "string", multiple: true, default: [] },
      compare: { type: "string" },
      out: { type: "string", default: "bench/results" },
      from: { type: "string" },
      list: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const { quick } = values;
  const defaults = quick
    ? { rounds: 1, seconds: 0.2, warmUpSeconds: 0.1 }
    : { rounds: 3, seconds: 1, warmUpSeconds: 0.3 };
  for (const name of [...values.with, ...values.only]) {
    if (!(name in clients))
      throw new Error(`There is no client ${name}; there are: ${Object.keys(clients).join("; ")}`);
  }
  return {
    ...values,
    ...defaults,
    ...(values.compare !== undefined && { compare: builtCheckout(values.compare) }),
    ...(values.rounds && { rounds: Math.ceil(positive("--rounds", values.rounds)) }),
    ...(values.seconds && { seconds: positive("--seconds", values.seconds) }),
    cases:
      positionals.length > 0 ? select(positionals) : cases.filter((testCase) => testCase.quick || !quick),
  };
}

/** The folder of another checkout that has been built. */
function builtCheckout(folder) {
  const place = resolve(folder);
  if (existsSync(join(place, "dist/index.js"))) return place;
  throw new Error(
    `${folder} has no dist/index.js: --compare needs a checkout in which \`npm run build\` was run`,
  );
}
