// The files of the repository.

import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { root } from "./run.mjs";

/**
 * The files of a folder, at any depth. A file has itself, and a path that does not exist has none. Paths are relative
 * to the root.
 *
 * @param {string} path
 * @returns {string[]}
 */
export function filesIn(path) {
  const place = join(root, path);
  if (!existsSync(place)) return [];
  if (!statSync(place).isDirectory()) return [path];
  return readdirSync(place).flatMap((name) => filesIn(join(path, name)));
}

const FOLDERS = [
  ".ci",
  ".github",
  "bench",
  "docs",
  "examples",
  "lib",
  "native",
  "packages",
  "scripts",
  "test",
];
/** Measurements that the benchmark keeps, which are no part of the repository. */
const RESULTS = "bench/results/";

/**
 * All files of the project: those of its folders, and those beside them.
 *
 * @returns {string[]}
 */
export function projectFiles() {
  const beside = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isFile());
  const inside = FOLDERS.flatMap(filesIn).filter((file) => !file.startsWith(RESULTS));
  return [...beside.map(({ name }) => name).filter((name) => !name.endsWith(".tgz")), ...inside];
}
