// Whether a program in TypeScript compiles against the declarations that are published, from the oldest version of
// TypeScript that is supported to ours.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { compile, root } from "../setup/run.mjs";

const needs = ["npm", "dist"];

export const typesSteps = [
  ["types:oldest", () => program("typescript-oldest"), { needs, seconds: 2 }],
  ["types:newest", () => program("typescript"), { needs, seconds: 1 }],
  ["types:mqttjs", mqttJsProgram, { needs, seconds: 3 }],
];

async function program(version) {
  await compile(["-p", "test/types/program"], version);
  const manifest = readFileSync(join(root, `node_modules/${version}/package.json`), "utf8");
  return `TypeScript ${JSON.parse(manifest).version}`;
}

/** Compiles programs for MQTT.js with the types of MQTT.js, and with ours for `import` and for `require`. */
async function mqttJsProgram() {
  for (const config of ["tsconfig.json", "tsconfig.ours.json", "tsconfig.require.json"])
    await compile(["-p", `test/types/mqttjs/${config}`]);
  return "programs for MQTT.js";
}
