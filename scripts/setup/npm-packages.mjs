// The npm packages that package-lock.json names.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root, run } from "./run.mjs";

/** A step: `npm ci`, unless node_modules holds what the lock file says already. */
export async function npmPackages() {
  if (installedAsLocked()) return "all there";
  await run("npm", ["ci", "--no-audit", "--no-fund"]);
  return "installed";
}

/** Whether node_modules holds the packages of the lock file: npm leaves a lock file of the installed ones in it. */
export function installedAsLocked() {
  const locked = packagesIn("package-lock.json");
  const installed = packagesIn("node_modules/.package-lock.json");
  const present = ([path, { integrity, optional }]) =>
    installed[path] ? installed[path].integrity === integrity : optional; // binaries for other platforms stay away
  return Object.entries(locked).every(present) && Object.keys(installed).every((path) => path in locked);
}

function packagesIn(lockFile) {
  const file = join(root, lockFile);
  if (!existsSync(file)) return {};
  const { "": _ourselves, ...packages } = JSON.parse(readFileSync(file, "utf8")).packages;
  return packages;
}
