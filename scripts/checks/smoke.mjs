// Tests the tarball as an installed package: with each version of Node, architecture, runtime, package manager and kind
// of module.

import { join } from "node:path";
import { Stop } from "../setup/steps.mjs";
import { install, runIn } from "./smoke/application.mjs";
import { withBroker } from "./smoke/broker.mjs";
import { bundled } from "./smoke/bundle.mjs";
import { fromSource } from "./smoke/from-source.mjs";
import { importCost } from "./smoke/import-cost.mjs";
import { hooked, overridden } from "./smoke/mqttjs.mjs";
import * as runtime from "./smoke/runtimes.mjs";
import { typescript } from "./smoke/typescript.mjs";

const ourNode = [process.execPath];
const kinds = { module: "module.mjs", common: "common.cjs", worker: "worker.mjs" };

const programs = [
  ["smoke:npm", () => runAll(ourNode)],
  ["smoke:typescript", async () => typescript(await application())],
  ["smoke:two-copies", twoCopies],
  ["smoke:command-line", commandLine],
  ["smoke:mqttjs", overridden],
  ["smoke:register", hooked],
  ["smoke:bundle", async () => bundled(await application())],
  ["smoke:import-cost", async () => importCost(await application())],
  ...runtime.nodeVersions.map((version) => [`smoke:node-${version}`, () => runAll(runtime.node(version))]),
  ...runtime.arm64Versions.map((version) => [
    `smoke:arm64-${version}`,
    () => runAll(runtime.nodeForArm64(version)),
  ]),
  ["smoke:bun", () => runAll(runtime.bun)],
  ["smoke:deno", () => runAll(runtime.deno)],
  ["smoke:pnpm", pnpm],
  ["smoke:yarn-1", yarn1],
  ["smoke:yarn-4", yarn4],
  ["smoke:from-source", fromSource],
];
const needs = ["npm", "runtimes", "system:build", "system:broker"];

/** Durations of the steps that take longer than the others: TypeScript, emulation, compilation. */
const seconds = {
  "smoke:typescript": 10,
  "smoke:arm64-20": 20,
  "smoke:arm64-26": 20,
  "smoke:from-source": 90,
};

export const smokeSteps = programs.map(([name, work]) => [
  name,
  work,
  {
    needs,
    after: ["package:tarball", ...(name === "smoke:mqttjs" ? ["package:mqtt"] : [])],
    seconds: seconds[name] ?? 4,
  },
]);

let installed;

/** The application that npm made; once. */
function application() {
  installed ??= install();
  return installed;
}

async function runAll(command, folder) {
  const place = folder ?? (await application());
  return withBroker(async (env) => {
    for (const [kind, program] of Object.entries(kinds))
      await passes(place, [...command, program], kind, env);
    return Object.keys(kinds).join(", ");
  });
}

/** Whether a program says that it has passed, and says nothing else: warnings count. */
async function passes(folder, command, name, env) {
  const output = await runIn(folder, command, { env });
  if (output !== `passed: ${name}\n`) throw new Stop(`${command.join(" ")} printed\n${output}`);
}

async function twoCopies() {
  const folder = await install({ packages: ["copy-one", "copy-other"] });
  await withBroker((env) => passes(folder, [...ourNode, "two-copies.mjs"], "two copies", env));
}

/** Publishes with the program that the package installs. */
async function commandLine() {
  const folder = await application();
  return withBroker(async (env) => {
    const [url] = env.SMOKE_URLS.split(" ");
    const words = ["pub", "-L", `${url}/smoke`, "-m", "text", "-q", "1", "--json"];
    const output = await runIn(folder, [join(folder, "node_modules/.bin/mqtt-native"), ...words], { env });
    if (!output.includes('"reasonCode":0')) throw new Stop(`mqtt-native printed\n${output}`);
  });
}

async function pnpm() {
  const command = [...runtime.pnpm, "install", "--offline", "--ignore-scripts"];
  return runAll(ourNode, await install({ command }));
}

async function yarn1() {
  // A cache of its own, since it would take another tarball of the same version for this one.
  const options = ["--offline", "--ignore-scripts", "--no-lockfile", "--cache-folder", ".cache"];
  return runAll(ourNode, await install({ command: [...runtime.yarn1, "install", ...options] }));
}

/** Plug'n'Play, where packages stay archives unless they must not. */
async function yarn4() {
  const settings = "nodeLinker: pnp\nenableScripts: false\nenableTelemetry: false\nenableNetwork: false\n";
  const command = [...runtime.yarn4, "install", "--no-immutable"];
  const folder = await install({ command, files: { ".yarnrc.yml": settings, "yarn.lock": "" } });
  return runAll([...runtime.yarn4, "node"], folder);
}
