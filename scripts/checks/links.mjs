// The links of documents.

import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { root } from "../setup/run.mjs";

const LINK = /\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]+))?\)/g;

/** The links of a Markdown file that stay in the repository: `target` is a path from the root, `anchor` a heading. */
export function findLinks(file) {
  const text = readFileSync(join(root, file), "utf8");
  return [...text.matchAll(LINK)].map(([, path, anchor]) => ({
    target: path === "" ? file : posix.join(posix.dirname(file), path),
    anchor,
  }));
}
