// Programs that use MQTT.js: with the package of packages/mqtt/ by an override, and with the loader hook.

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { compile, root } from "../../setup/run.mjs";
import { Stop } from "../../setup/steps.mjs";
import { packedMqtt } from "../mqtt-package.mjs";
import { packed } from "../package.mjs";
import { install, runIn } from "./application.mjs";
import { withBroker } from "./broker.mjs";
import { node, nodeVersions } from "./runtimes.mjs";

const programs = { "mqttjs-common.cjs": "common", "mqttjs-module.mjs": "module" };
const hook = "mqtt-native/mqttjs/register";

const dependent = {
  "dependent/package.json": { name: "dependent", version: "1.0.0", dependencies: { mqtt: "^5.15.2" } },
  "dependent/index.js": 'module.exports = require("mqtt");\n',
};
/** A package that must not be loaded. */
const original = (version) => ({
  "package.json": { name: "mqtt", version, main: "index.js" },
  "index.js": 'throw new Error("MQTT.js was loaded");\n',
});

/** A step: an override gives a program and its dependencies the package, and TypeScript its types. */
export async function overridden() {
  const dependencies = {
    "mqtt-native": `file:${packed()}`,
    mqtt: `file:${packedMqtt()}`,
    dependent: "file:./dependent",
  };
  const manifest = { private: true, dependencies, overrides: { mqtt: "$mqtt" } };
  const folder = await install({ files: { ...texts(dependent), ...texts({ "package.json": manifest }) } });
  await runAll(folder, []);
  await compileAll(folder);
  return `Node ${nodeVersions.join(", ")}; TypeScript`;
}

/** A step: the loader hook gives a program and its dependencies the module in place of an installed MQTT.js. */
export async function hooked() {
  const folder = await install();
  write(folder, dependent, "node_modules");
  write(folder, original("5.16.0"), "node_modules/mqtt");
  for (const flag of ["--import", "--require"]) await runAll(folder, [flag, hook]);
  return `--import, --require; Node ${nodeVersions.join(", ")}`;
}

function runAll(folder, words) {
  return withBroker(async (env) => {
    for (const version of nodeVersions)
      for (const [program, name] of Object.entries(programs)) {
        const output = await runIn(folder, [...node(version), ...words, program], { env });
        if (output !== `passed: ${name}\n`) throw new Stop(`${program} printed\n${output}`);
      }
  });
}

/** Compiles a program under each way of finding types, with the oldest compiler for the way that newer ones lack. */
async function compileAll(folder) {
  const ways = [
    ["typescript", "nodenext", "nodenext"],
    ["typescript", "esnext", "bundler"],
    ["typescript-oldest", "commonjs", "node10"],
  ];
  const types = ["--types", "node", "--typeRoots", join(root, "node_modules/@types")];
  for (const [compiler, module, moduleResolution] of ways) {
    const ways = ["--module", module, "--moduleResolution", moduleResolution, "--esModuleInterop"];
    const file = join(folder, module === "commonjs" ? "mqttjs-typed.ts" : "mqttjs-typed.mts");
    const ignore = compiler === "typescript" ? ["--ignoreConfig"] : [];
    await compile(
      [...ignore, "--strict", "--noEmit", "--target", "es2022", ...types, ...ways, file],
      compiler,
    );
  }
}

const texts = (files) =>
  Object.fromEntries(
    Object.entries(files).map(([name, text]) => [
      name,
      typeof text === "string" ? text : JSON.stringify(text),
    ]),
  );

function write(folder, files, under) {
  for (const [name, text] of Object.entries(texts(files))) {
    const file = join(folder, under, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}
