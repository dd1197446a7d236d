// @ts-check
// A private mosquitto on a free loopback port, for the examples, the tests and the benchmark.

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, rmSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

/**
 * @typedef {object} BrokerOptions
 * @property {string} [host] loopback address to listen on; default 127.0.0.1
 * @property {number} [port] the port; default: any free one
 * @property {Record<string, string>} [users] passwords by user name; given, nobody else may connect
 * @property {readonly string[]} [config] more lines for mosquitto.conf, after the listener's own
 */

/**
 * @typedef {object} Broker
 * @property {string} host
 * @property {number} port
 * @property {string} url mqtt://host:port
 * @property {number} pid
 * @property {Promise<void>} exited settles when the process has ended, for whatever reason
 * @property {() => string} log everything mosquitto has said so far
 * @property {(signal?: NodeJS.Signals) => void} kill sends a signal, by default SIGKILL; SIGSTOP and SIGCONT are useful too
 * @property {() => Promise<void>} stop ends the broker and removes its files; may be called again
 * @property {() => Promise<void>} [Symbol.asyncDispose] the same as stop
 */

const attempts = 5;

/**
 * Resolves when the broker accepts connections.
 *
 * @param {BrokerOptions} [options]
 * @returns {Promise<Broker & AsyncDisposable>}
 */
export async function startBroker(options = {}) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await launch(options, options.port ?? (await freePort(options.host)));
    } catch (error) {
      // Between finding a free port and mosquitto's bind, somebody else may have taken it.
      const mayRetry = options.port === undefined && attempt < attempts;
      if (!mayRetry || !String(error).includes("Address already in use")) throw error;
    }
  }
}

/**
 * @param {BrokerOptions} options
 * @param {number} port
 */
async function launch({ host = "127.0.0.1", users, config = [] }, port) {
  const directory = await mkdtemp(join(tmpdir(), "mqtt-native-broker-"));
  const file = await writeConfiguration(directory, host, port, users, config);
  const child = spawn(...boundToThisProcess(program("mosquitto"), ["-c", file]), {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const exited = once(child, "exit").then(
    () => {},
    () => {},
  );
  const cleanUpAtExit = () => {
    child.kill("SIGKILL");
    rmSync(directory, { recursive: true, force: true });
  };
  process.once("exit", cleanUpAtExit);

  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    log += text;
  });
  const stop = async () => {
    child.kill("SIGTERM");
    child.kill("SIGCONT"); // a stopped process would never see the first one
    await exited;
    process.off("exit", cleanUpAtExit);
    await rm(directory, { recursive: true, force: true });
  };

  try {
    await running(child);
  } catch (error) {
    await stop();
    throw new Error(`mosquitto did not start: ${error instanceof Error ? error.message : error}\n${log}`);
  }
  const authority = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  return {
    host,
    port,
    url: `mqtt://${authority}`,
    pid: /** @type {number} */ (child.pid),
    exited,
    log: () => log,
    kill: (/** @type {NodeJS.Signals} */ signal = "SIGKILL") => void child.kill(signal),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/**
 * mosquitto says that it is running once all its listeners accept connections.
 *
 * @param {import("node:child_process").ChildProcessByStdio<null, null, import("node:stream").Readable>} child
 * @returns {Promise<void>}
 */
function running(child) {
  return new Promise((resolve, reject) => {
    let heard = "";
    child.stderr.on("data", (text) => {
      heard += text;
      if (/mosquitto version \S+ running/.test(heard)) resolve();
    });
    child.once("error", reject);
    child.once("close", (code, signal) => reject(new Error(`it exited with ${signal ?? code}`)));
  });
}

/**
 * @param {string} directory
 * @param {string} host
 * @param {number} port
 * @param {Record<string, string> | undefined} users
 * @param {readonly string[]} more
 * @returns {Promise<string>} the configuration file
 */
async function writeConfiguration(directory, host, port, users, more) {
  const lines = ["persistence false", "log_dest stderr", `listener ${port} ${host}`];
  // Started as root, mosquitto would become the user "mosquitto", who may not read this folder.
  if (process.getuid?.() === 0) lines.push("user root");
  if (users) {
    const passwords = join(directory, "passwords");
    await writeFile(
      passwords,
      Object.entries(users)
        .map(([name, word]) => `${name}:${word}\n`)
        .join(""),
    );
    await promisify(execFile)(program("mosquitto_passwd"), ["-U", passwords]);
    lines.push(`password_file ${passwords}`);
  }
  lines.push(`allow_anonymous ${users === undefined}`, ...more, "");
  const file = join(directory, "mosquitto.conf");
  await writeFile(file, lines.join("\n"));
  return file;
}

/** @returns {Promise<number>} */
async function freePort(host = "127.0.0.1") {
  const server = createServer().listen(0, host);
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  server.close();
  await once(server, "close");
  return port;
}

/**
 * Where the system can, let the broker end with us even when we are killed outright.
 *
 * @param {string} command
 * @param {string[]} args
 * @returns {[string, string[]]}
 */
function boundToThisProcess(command, args) {
  const setpriv = "/usr/bin/setpriv";
  return existsSync(setpriv) ? [setpriv, ["--pdeathsig", "KILL", command, ...args]] : [command, args];
}

/**
 * Debian puts mosquitto into /usr/sbin, which is not in every user's PATH.
 *
 * @param {string} name
 */
function program(name) {
  const { PATH = "" } = process.env;
  const folders = [...PATH.split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  const found = folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
  if (!found) throw new Error(`${name} is not installed (Debian and Ubuntu: apt-get install mosquitto)`);
  return found;
}
