// What documents and comments name is there.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { linksOf } from "../../scripts/checks/links.mjs";
import { filesIn } from "../../scripts/setup/files.mjs";

const FOLDERS = ["bench", "docs", "examples", "lib", "native", "scripts", "test"];

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

const files: string[] = [
  ...FOLDERS.flatMap((folder) => filesIn(folder)),
  ...["README.md", "CHANGELOG.md", "THIRD-PARTY-NOTICES.md", "LICENSE", "CMakeLists.txt", "package.json"],
];
const documents = files.filter((file) => file.endsWith(".md"));
const sources = files.filter((file) => /\.(?:[cm]?[jt]s|[ch]pp|[ch]|cmake|txt)$/.test(file));

/** A path from the root, with its extension; it may have asterisks for any part of a name. */
const PATH = new RegExp(
  `(?<![\\w./@*-])(?:${FOLDERS.join("|")})/[\\w./*-]+\\.(?:md|svg|json|[cm]?[jt]s|[ch]pp|[ch]|cmake)\\b`,
  "g",
);
/** A file of ours, or the end of its path, as documents name it. */
const NAME = /`([\w./-]+\.(?:mjs|ts|[ch]pp|cmake))\b[^`]*`/g;

function isThere(path: string): boolean {
  const pattern = path.replaceAll(".", "\\.").replaceAll("*", "[^/]*");
  return files.some((file) => new RegExp(`(?:^|/)${pattern}$`).test(file));
}

test.each(documents)("%s names only files that there are", (document) => {
  const text = read(document);
  const paths = [...text.matchAll(PATH)].map(([path]) => path);
  const names = [...text.matchAll(NAME)].map(([, name = ""]) => name);
  expect([...paths, ...names].filter((path) => !isThere(path))).toEqual([]);
});

test("so do comments", () => {
  const dead = sources.flatMap((source) =>
    [...read(source).matchAll(PATH)].map(([path]) => path).filter((path) => !isThere(path)),
  );
  expect(dead).toEqual([]);
});

/** What GitHub and npm make of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .replace(/^#+ /, "")
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, "")
    .replaceAll(" ", "-");

test.each(documents)("%s leads nowhere that does not exist", (document) => {
  const dead = linksOf(document).filter(({ target, anchor }) => {
    if (!files.some((file) => file === target || file.startsWith(`${target}/`))) return true;
    const headings = target.endsWith(".md") ? [...read(target).matchAll(/^#+ .*$/gm)] : [];
    return anchor !== undefined && !headings.some(([heading]) => anchorOf(heading) === anchor);
  });
  expect(dead).toEqual([]);
});

/**
 * What each folder of lib/ may import, besides its own: folders, or files of them. Each knows only what stands before it. See
 * docs/architecture.md.
 */
const BELOW: Record<string, string[]> = {
  basics: [],
  protocol: ["basics/check"],
  packets: ["basics/check", "protocol/"],
  incoming: ["basics/", "packets/", "protocol/"],
  native: ["basics/logger", "incoming/message", "package-root", "protocol/topic"],
  roads: ["basics/check", "native/"],
  options: ["basics/", "incoming/queues", "packets/", "protocol/", "roads/"],
  connection: ["basics/", "incoming/message", "native/", "options/", "packets/", "protocol/", "roads/road"],
  outgoing: ["basics/", "connection/", "native/", "options/", "packets/", "protocol/"],
};

const folderOf = (path: string): string => path.replace(/\/.*/, "");

test("lib/ has these folders, in layers", () => {
  const inFolders = filesIn("lib").filter((file: string) => file.split("/").length > 2);
  const folders = new Set(inFolders.map((file: string) => folderOf(file.slice("lib/".length))));
  expect(Object.keys(BELOW).toSorted()).toEqual([...folders].toSorted());
  const layers = Object.keys(BELOW);
  const upwards = Object.entries(BELOW).flatMap(([folder, below]) =>
    below.filter((path) => layers.indexOf(folderOf(path)) >= layers.indexOf(folder)),
  );
  expect(upwards).toEqual([]);
});

test.each(Object.entries(BELOW))("lib/%s knows nothing of what is above it", (folder, below) => {
  const imported = filesIn(`lib/${folder}`).flatMap((file: string) =>
    [...read(file).matchAll(/ from "\.\.\/([^"]*)\.ts"/g)].map(([, path = ""]) => path),
  );
  const above = imported.filter(
    (path: string) => !below.some((each) => (each.endsWith("/") ? path.startsWith(each) : path === each)),
  );
  expect(above).toEqual([]);
});
