// @ts-check
// Runs servers of other projects on free loopback ports, for as long as this process lives.

import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";

/** @returns {Promise<number>} */
export async function freePort(host = "127.0.0.1") {
  const server = createServer().listen(0, host);
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  server.close();
  await once(server, "close");
  return port;
}

const attempts = 5;

/**
 * Starts something on free ports; once more when, between finding them and its bind, somebody else has taken one.
 *
 * @template Service
 * @param {() => Promise<Service>} start finds the ports itself
 * @returns {Promise<Service>}
 */
export async function onFreePorts(start) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start();
    } catch (error) {
      if (attempt === attempts || !/address (already )?in use/i.test(String(error))) throw error;
    }
  }
}

/**
 * Where the system can, let a program end with us even when we are killed outright.
 *
 * @param {string} command
 * @param {string[]} args
 * @returns {[string, string[]]}
 */
export function boundToThisProcess(command, args) {
  const setpriv = "/usr/bin/setpriv";
  return existsSync(setpriv) ? [setpriv, ["--pdeathsig", "KILL", command, ...args]] : [command, args];
}

/**
 * Debian puts servers into /usr/sbin, which is not in every user's PATH.
 *
 * @param {string} name
 * @param {string} [fromPackage] the Debian package that has it; default: of the same name
 */
export function program(name, fromPackage = name) {
  const { PATH = "" } = process.env;
  const folders = [...PATH.split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  const found = folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
  if (found) return found;
  throw new Error(`${name} is not installed (Debian and Ubuntu: apt-get install ${fromPackage})`);
}
