// npm packages for the benchmark only. They are installed on demand, because they are too large for the project's own.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const packagesFolder = fileURLToPath(new URL("../build/bench/packages", import.meta.url));

const versions = { "aws-crt": "1.33.2" };

/** The version of a package that is installed here or in the project. */
export function readVersion(name) {
  const folders = [packagesFolder, fileURLToPath(new URL("..", import.meta.url))];
  const manifest = folders.map((folder) => `${folder}/node_modules/${name}/package.json`).find(existsSync);
  return manifest && JSON.parse(readFileSync(manifest, "utf8")).version;
}

/** Installs a client's package unless it is present or not needed. It runs no scripts: the package has its binaries. */
export function install(name) {
  const version = versions[name];
  if (version === undefined || readVersion(name) === version) return;
  mkdirSync(packagesFolder, { recursive: true });
  writeFileSync(`${packagesFolder}/package.json`, '{ "private": true }\n');
  const flags = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
  execFileSync("npm", ["install", ...flags, `${name}@${version}`], {
    cwd: packagesFolder,
    stdio: ["ignore", 2, 2],
  });
}
