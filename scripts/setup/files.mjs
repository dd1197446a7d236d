// The files of the repository.

import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { root } from "./run.mjs";

/** The files of a folder, at any depth; a file is its own; what does not exist has none. Paths are relative to the root. */
export function filesIn(path) {
  const place = join(root, path);
  if (!existsSync(place)) return [];
  if (!statSync(place).isDirectory()) return [path];
  return readdirSync(place).flatMap((name) => filesIn(join(path, name)));
}
