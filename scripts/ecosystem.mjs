// npm run test:ecosystem: packages that use MQTT.js, with the loader hook. See docs/testing.md.

import { parseArgs } from "node:util";
import { refuse } from "./setup/command-line.mjs";
import { becomeNode } from "./setup/run.mjs";
import { setUp } from "./setup/set-up.mjs";

const programs = ["async-mqtt", "moleculer", "nestjs", "node-red", "zigbee2mqtt"];
const usage = `npm run test:ecosystem -- [packages] [options]

Packages: ${programs.join(" ")}; without a name all of them.

  --with mqtt   runs them with MQTT.js instead of this package
  --help`;

const { values, positionals } = parsed();
if (values.help) {
  console.log(usage);
  process.exit();
}
for (const name of positionals)
  if (!programs.includes(name)) refuse(`There is no package ${name}.\n\n${usage}`);
if (![undefined, "mqtt"].includes(values.with)) refuse(`--with must be mqtt.\n\n${usage}`);

await setUp(["addon", "dist", "system:broker", "ecosystem"]);
const selected = positionals.length > 0 ? positionals : programs;
await becomeNode("test/ecosystem/main.mjs", [...selected, ...(values.with ? ["--with-mqtt"] : [])]);

function parsed() {
  try {
    const options = { with: { type: "string" }, help: { type: "boolean", default: false } };
    return parseArgs({ allowPositionals: true, options });
  } catch (error) {
    return refuse(`${error.message}\n\n${usage}`);
  }
}
