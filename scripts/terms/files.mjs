// The places of old terms in the files of the project.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectFiles } from "../setup/files.mjs";
import { root } from "../setup/run.mjs";
import { linesWith } from "./matching.mjs";

/** Files that name the old terms themselves, or have texts and bytes of others. */
const EXCLUDED =
  /^(?:scripts\/terms\/|test\/unit\/terms\.test\.ts$|package-lock\.json$|THIRD-PARTY|test\/smoke\/runtimes\/package-lock)/;
const BINARY = /\.(?:svg|bin)$|^test\/fuzz\/corpus\//;

let texts;

/** Where the files of the project have a term, each as `path:line`; line 0 is the file's own name. */
export function usesOf(term) {
  texts ??= projectFiles()
    .filter((path) => !EXCLUDED.test(path))
    .map((path) => ({ path, text: BINARY.test(path) ? "" : readFileSync(join(root, path), "utf8") }));
  return texts.flatMap(({ path, text }) => linesWith(term, path, text).map((line) => `${path}:${line}`));
}
