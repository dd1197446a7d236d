// @ts-check
// A private mosquitto on a free loopback port, for the examples, the tests and the benchmark.

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { boundToThisProcess, freePort, onFreePorts, program } from "./services.mjs";

/**
 * @typedef {object} BrokerOptions
 * @property {string} [host] address to listen on; default 127.0.0.1
 * @property {number} [port] the port; default: any free one
 * @property {Record<string, string>} [users] passwords by user name; given, nobody else may connect
 * @property {readonly string[]} [config] more lines for mosquitto.conf, after the listener's own
 * @property {readonly (readonly string[])[]} [listeners] for each further listener on a free port of the same host, its
 *   lines
 * @property {readonly string[]} [within] the begin of a command line that runs the rest of it in a namespace
 */

/**
 * Resolves when the broker accepts connections.
 *
 * @param {BrokerOptions} [options]
 * @returns {Promise<Broker>}
 */
export async function startBroker(options = {}) {
  const { port } = options;
  if (port !== undefined) return await launch(options, port);
  return await onFreePorts(async () => await launch(options, await freePort(options.host)));
}

/**
 * @param {BrokerOptions} options
 * @param {number} port
 */
async function launch({ host = "127.0.0.1", users, config = [], listeners = [], within = [] }, port) {
  const ports = await Promise.all(listeners.map(() => freePort(host)));
  const further = listeners.flatMap((lines, index) => [`listener ${ports[index]} ${host}`, ...lines]);
  const directory = await mkdtemp(join(tmpdir(), "mqtt-native-broker-"));
  const broker = new Broker(directory, host, port, ports);
  try {
    const configuration = await writeConfiguration(directory, host, port, users, [...config, ...further]);
    await broker.run(configuration, within);
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
   * @param {readonly number[]} [furtherPorts] those of the further listeners, in order
   */
  constructor(directory, host, port, furtherPorts = []) {
    this.#directory = directory;
    this.host = host;
    this.port = port;
    this.furtherPorts = furtherPorts;
    this.url = `mqtt://${host.includes(":") ? `[${host}]` : host}:${port}`;
  }

  /** @returns {number | undefined} */
  get pid() {
    return this.#process?.pid;
  }

  /** The log of mosquitto so far. */
  log() {
    return this.#log;
  }

  /**
   * Resolves as soon as the log matches. Rejects when mosquitto ends first.
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
   * @param {readonly string[]} [within]
   */
  async run(configuration, within = []) {
    const [first = "", ...rest] = [...within, program("mosquitto"), "-c", configuration];
    const [command, args] = boundToThisProcess(first, rest);
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

  /** Ends the broker at once, when our own process ends. */
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
