// node test/ecosystem/main.mjs <names> [--with-mqtt]: runs packages that use MQTT.js with the loader hook on mosquitto,
// which is killed and restarted under each. npm run test:ecosystem prepares everything first.

import { fork } from "node:child_process";
import { once } from "node:events";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { startBroker } from "../../scripts/broker.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = join(root, "build/ecosystem");
const hook = pathToFileURL(join(root, "dist/mqttjs/register.cjs")).href;
/** Milliseconds that a program may take. */
const patience = 120_000;

/** async-mqtt depends on MQTT.js 4. */
const environments = { "async-mqtt": { MQTT_NATIVE_REPLACE: "all" } };

const words = process.argv.slice(2);
const original = words.includes("--with-mqtt");
async function test(name) {
  const begin = performance.now();
  const fault = await run(name);
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  console.log(`${fault ? "✗" : "✓"} ${name.padEnd(12)} ${seconds.padStart(6)} s`);
  if (fault) console.log(fault);
  if (fault) process.exitCode = 1;
}

/** Runs a program. Resolves with the description of its fault. */
async function run(name) {
  const broker = new RestartedBroker();
  await broker.start();
  const child = fork(join(folder, "programs", `${name}.mjs`), {
    cwd: folder,
    execPath: newEnough(),
    execArgv: ["--enable-source-maps", ...(original ? [] : ["--import", hook])],
    env: { ...process.env, ...environments[name], NODE_DEBUG: "mqtt-native", ECOSYSTEM_URL: broker.url },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const output = collect(child);
  let passed = false;
  child.on("message", async (request) => {
    if (request === "passed") passed = true;
    if (request === "kill") await broker.kill();
    if (request === "restart") await broker.start();
    if (request !== "passed" && child.connected) child.send("done");
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), patience);
  const [code, signal] = await once(child, "close");
  clearTimeout(timer);
  await broker.kill();
  const text = output();
  if (!passed || code !== 0)
    return `${text}\nended with ${signal ?? code}, ${passed ? "after" : "before"} it passed`;
  if (/replaced mqtt/.test(text) === original) return `${text}\nran with the wrong module`;
}

/** The Node of this process, or one that is new enough for all packages. */
function newEnough() {
  const [major] = process.versions.node.split(".");
  return Number(major) >= 24 ? process.execPath : join(folder, "node_modules/node-22/bin/node");
}

function collect(child) {
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (more) => {
      text += more;
    });
  return () => text.trimEnd();
}

/** A mosquitto that stays on its port. */
class RestartedBroker {
  url;
  #port;
  #broker;

  async start() {
    this.#broker = await startBroker(this.#port === undefined ? {} : { port: this.#port });
    ({ port: this.#port, url: this.url } = this.#broker);
  }

  async kill() {
    this.#broker.kill("SIGKILL");
    await this.#broker.stop();
  }
}

cpSync(join(root, "test/ecosystem/programs"), join(folder, "programs"), { recursive: true });
for (const name of words.filter((word) => !word.startsWith("--"))) await test(name);
