// npm run test:brokers: the client against other people's brokers. See docs/brokers.md.

import { parseArgs } from "node:util";
import { conformanceProgram } from "./setup/brokers.mjs";
import { refuse } from "./setup/command-line.mjs";
import { becomeNode } from "./setup/run.mjs";
import { provide, setUp } from "./setup/set-up.mjs";

/** The needs of brokers, by their names. */
const needs = {
  mosquitto: "system:broker",
  rabbitmq: "system:rabbitmq",
  ejabberd: "system:ejabberd",
  nats: "system:nats",
  aedes: "aedes",
};

const usage = `npm run test:brokers -- [brokers] [options]

Brokers: ${Object.keys(needs).join(" ")}; without a name all of them.

  --only <text>           checks whose name or group has this text; may be given several times
  --protocol <version>    3.1, 3.1.1 or 5; may be given several times
  --transport <name>      tcp or websocket; may be given several times
  --packets               prints the packets of each check (over TCP)
  --write                 writes the table into docs/brokers.md; for a run of everything
  --help`;

const several = { type: "string", multiple: true, default: [] };
const choices = { protocol: ["3.1", "3.1.1", "5"], transport: ["tcp", "websocket"] };
const { values, positionals } = parsed();
if (values.help) {
  console.log(usage);
  process.exit();
}
for (const name of positionals)
  if (!Object.hasOwn(needs, name)) refuse(`There is no broker ${name}.\n\n${usage}`);
for (const [option, allowed] of Object.entries(choices))
  for (const word of values[option])
    if (!allowed.includes(word)) refuse(`--${option} must be one of ${allowed.join(" ")}, and not ${word}`);
const everything = process.argv.slice(2).every((word) => word === "--write");
if (values.write && !everything) refuse("--write is for a run of everything.");

await setUp(["npm", "addon", "dist", "conformance"]);
// A broker that cannot be installed is skipped.
await provide((positionals.length > 0 ? positionals : Object.keys(needs)).map((name) => needs[name]));
await becomeNode(conformanceProgram, process.argv.slice(2), { nodeOptions: ["--enable-source-maps"] });

function parsed() {
  try {
    const flag = { type: "boolean", default: false };
    const options = { only: several, protocol: several, transport: several };
    return parseArgs({
      allowPositionals: true,
      options: { ...options, packets: flag, write: flag, help: flag },
    });
  } catch (error) {
    return refuse(`${error.message}\n\n${usage}`);
  }
}
