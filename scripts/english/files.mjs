// The files whose English is checked.

import { projectFiles } from "../setup/files.mjs";
import { hasComments } from "./comments.mjs";

/**
 * The files and folders that keep the rules: test/unit/english.test.ts holds them to it. Add a path here when
 * `node scripts/english.mjs <path>` finds nothing in it.
 */
export const CLEAN = [
  ".ci",
  ".github",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "README.md",
  "bench",
  "docs",
  "examples",
  "native",
  "lib",
  "scripts",
  "test/brokers",
  "test/fuzz",
  "test/integration",
  "test/native",
  "test/smoke",
  "test/support",
  "test/extended",
  "test/types",
  "test/unit",
];

/** Texts of others. */
const FOREIGN = ["LICENSE", "THIRD-PARTY-NOTICES.md"];

/** The files that have English, in these files and folders; without paths, in all. */
export function filesWithEnglish(paths) {
  const files = projectFiles().filter((file) => file.endsWith(".md") || hasComments(file));
  const chosen = paths.length === 0 ? files : files.filter((file) => paths.some((path) => isIn(file, path)));
  return chosen.filter((file) => !FOREIGN.includes(file)).sort();
}

function isIn(file, path) {
  const folder = path.replace(/^\.\//, "").replace(/\/$/, "");
  return file === folder || file.startsWith(`${folder}/`);
}
