// Files and headings that documents and comments name exist.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { findLinks } from "../../scripts/checks/links.mjs";
import { projectFiles } from "../../scripts/setup/files.mjs";

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

const files = projectFiles();
const documents = files.filter((file) => file.endsWith(".md"));
const sources = files.filter((file) => /\.(?:[cm]?[jt]s|[ch]pp|[ch]|cmake|txt|yml)$/.test(file));

const folders = ["bench", "docs", "examples", "lib", "native", "scripts", "test"];
/** A path from the root, with its extension; it may have asterisks for any part of a name. */
const PATH = new RegExp(
  `(?<![\\w./@*-])(?:${folders.join("|")})/[\\w./*-]+\\.(?:md|svg|json|[cm]?[jt]s|[ch]pp|[ch]|cmake)\\b`,
  "g",
);
/** A file of ours, or the end of its path, as documents name it. */
const NAME = /`([\w./-]+\.(?:mjs|ts|[ch]pp|cmake))\b[^`]*`/g;

function isThere(path: string): boolean {
  const pattern = path.replaceAll(".", "\\.").replaceAll("*", "[^/]*");
  return files.some((file) => new RegExp(`(?:^|/)${pattern}$`).test(file));
}

test.each(documents)("%s names only files that exist", (document) => {
  const text = read(document);
  const paths = [...text.matchAll(PATH)].map(([path]) => path);
  const names = [...text.matchAll(NAME)].map(([, name = ""]) => name);
  expect([...paths, ...names].filter((path) => !isThere(path))).toEqual([]);
});

/** A file of tests in backquotes, or the name of a test in quotes. */
const TEST = /`(test\/[\w./-]+\.(?:ts|cpp))`|"([^"]+)"/g;

test("docs/security.md names only tests that exist", () => {
  const missing = read("docs/security.md")
    .split(/\n\n|\n- |\|/)
    .flatMap((part) => {
      let file: string | undefined;
      return [...part.matchAll(TEST)].flatMap(([, path, name = ""]) => {
        file = path ?? file;
        const isThere = file === undefined || read(file).includes(name.replaceAll(/\s+/g, " "));
        return isThere ? [] : [`${file}: ${name}`];
      });
    });
  expect(missing).toEqual([]);
});

test("comments name only files that exist", () => {
  const dead = sources.flatMap((source) =>
    [...read(source).matchAll(PATH)].map(([path]) => path).filter((path) => !isThere(path)),
  );
  expect(dead).toEqual([]);
});

/** The anchor that GitHub and npm give to a heading. */
const toAnchor = (heading: string): string =>
  heading
    .replace(/^#+ /, "")
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, "")
    .replaceAll(" ", "-");

test.each(documents)("%s links only to files and headings that exist", (document) => {
  const dead = findLinks(document).filter(({ target, anchor }) => {
    if (!files.some((file) => file === target || file.startsWith(`${target}/`))) return true;
    const headings = target.endsWith(".md") ? [...read(target).matchAll(/^#+ .*$/gm)] : [];
    return anchor !== undefined && !headings.some(([heading]) => toAnchor(heading) === anchor);
  });
  expect(dead).toEqual([]);
});
