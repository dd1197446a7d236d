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

const attempts = 5;

/**
 * Resolves when the broker accepts connections.
 *
 * @param {BrokerOptions} [options]
 * @returns {Promise<Broker>}
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
  const broker = new Broker(directory, host, port);
  try {
    await broker.run(await writeConfiguration(directory, host, port, users, config));
    return broker;
  } catch (error) {
    await broker.stop();
    throw error;
  }
}

/** A running mosquitto. */
export class Broker {
  /** Settles when the process has ended, for whatever reason; never rejects. */
  exited = Promise.resolve();

  #log = "";
  #ended = false;
  #directory;
  /** @type {import("node:child_process").ChildProcessByStdio<null, null, import("node:stream").Readable> | undefined} */
  #process;

  /**
   * @param {string} directory for its files; removed at the end
   * @param {string} host
   * @param {number} port
   */
  constructor(directory, host, port) {
    this.#directory = directory;
    this.host = host;
    this.port = port;
    this.url = `mqtt://${host.includes(":") ? `[${host}]` : host}:${port}`;
  }

  /** @returns {number | undefined} */
  get pid() {
    return this.#process?.pid;
  }

  /** Everything mosquitto has said so far. */
  log() {
    return this.#log;
  }

  /**
   * Resolves as soon as the log matches; rejects when mosquitto has ended without that.
   *
   * @param {RegExp} pattern
   */
  async said(pattern) {
    while (!pattern.test(this.#log)) {
      if (!this.#process || this.#ended)
        throw new Error(`mosquitto ended without saying ${pattern}:\n${this.#log}`);
      await Promise.race([once(this.#process.stderr, "data"), this.exited]);
    }
  }

  /**
   * Sends a signal; SIGSTOP and SIGCONT are useful as well.
   *
   * @param {NodeJS.Signals} [signal]
   */
  kill(signal = "SIGKILL") {
    this.#process?.kill(signal);
  }

  /** Ends the broker and removes its files; may be called again. */
  async stop() {
    this.kill("SIGTERM");
    this.kill("SIGCONT"); // a stopped process would never see the first one
    await this.exited;
    process.off("exit", this.#abandon);
    await rm(this.#directory, { recursive: true, force: true });
  }

  [Symbol.asyncDispose]() {
    return this.stop();
  }

  /**
   * Starts the process, once; resolves when it accepts connections.
   *
   * @param {string} configuration
   */
  async run(configuration) {
    const [command, args] = boundToThisProcess(program("mosquitto"), ["-c", configuration]);
    const child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"] });
    child.stderr.setEncoding("utf8").on("data", (text) => {
      this.#log += text;
    });
    const ended = () => {
      this.#ended = true;
    };
    this.exited = once(child, "close").then(ended, ended);
    this.#process = child;
    process.once("exit", this.#abandon);
    await this.said(/mosquitto version \S+ running/); // and so all its listeners accept connections
  }

  /** What can still be done when our own process ends. */
  #abandon = () => {
    this.kill("SIGKILL");
    rmSync(this.#directory, { recursive: true, force: true });
  };
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
