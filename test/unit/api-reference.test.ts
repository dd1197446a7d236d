// docs/api.md and the doc comments cannot go stale: what the package's declarations have, they have.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as everything from "../../lib/index.ts";
import { type Declaration, emitDeclarations, type Member } from "../support/declarations.ts";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

/** The command line exports nothing, and has names of its own. */
const declarations = new Map(
  [...emitDeclarations()]
    .filter(([module]) => !module.startsWith("cli/"))
    .flatMap(([, list]) => list)
    .map((declaration) => [declaration.name, declaration]),
);
const exported = [...read("lib/index.ts").matchAll(/export (?:type )?\{([^}]*)\}/g)]
  .flatMap(([, names = ""]) => names.split(","))
  .map((name) => name.replace("type ", "").trim())
  .filter((name) => name !== "");

/** The declaration, and the hidden ones that it extends: users see their members as its own. */
function withHiddenBases(name: string): Declaration[] {
  const declaration = declarations.get(name);
  if (declaration === undefined) return [];
  const [, list = ""] = /^.* extends ([^{]+)/.exec(declaration.text) ?? [];
  const bases = list.split(",").map((base) => base.replace(/<.*/, "").trim());
  return [declaration, ...bases.filter((base) => !exported.includes(base)).flatMap(withHiddenBases)];
}

const readMembers = (name: string): Member[] => withHiddenBases(name).flatMap(({ members }) => members);

/** The sections of docs/api.md, by their headings. */
const sections = read("docs/api.md")
  .split(/^(?=##+ )/m)
  .map((text) => ({ heading: text.slice(0, text.indexOf("\n")), text }));

const named = (name: string) => new RegExp(`\`(?:\\[Symbol\\.)?${name}\\b`);

/** The members of a declaration that are missing in the section with the declaration and most of its members. */
function findMissing(name: string): string[] {
  const within = name === "Client" ? [readChapter("Client")] : sections.map(({ text }) => text);
  const missing = within
    .filter((text) => named(name).test(text))
    .map((text) => readMembers(name).filter((member) => !named(member.name).test(text)));
  const [best] = missing.toSorted((a, b) => a.length - b.length);
  return best === undefined ? [name] : best.map((member) => member.name);
}

/** A chapter with all its sections. */
function readChapter(name: string): string {
  const start = sections.findIndex(({ heading }) => heading === `## \`${name}\``);
  const length = sections.slice(start + 1).findIndex(({ heading }) => heading.startsWith("## "));
  return sections
    .slice(start, start + 1 + length)
    .map(({ text }) => text)
    .join("\n");
}

test("there are declarations for all that is exported", () => {
  expect(exported.filter((name) => !declarations.has(name))).toEqual([]);
  expect(exported).toEqual(expect.arrayContaining(Object.keys(everything)));
});

test.each(exported)("docs/api.md has %s and all its members", (name) => {
  expect(findMissing(name)).toEqual([]);
});

test("docs/api.md has nothing else in its tables of members", () => {
  const known = new Set(
    [...declarations.keys()].flatMap((name) => [name, ...readMembers(name).map((each) => each.name)]),
  );
  for (const more of ["hostname", "url", "options", "message", "cause", "V31", "V311", "V5"]) known.add(more);
  const tables = read("docs/api.md").replaceAll(/\| `code` \| meaning \|[\s\S]*?\n\n/g, "");
  const names = [...tables.matchAll(/^\| `(\w+)/gm)].map(([, name]) => name);
  expect(names.filter((name) => !known.has(name ?? ""))).toEqual([]);
});

test("docs/api.md has every error code", () => {
  const codes = [...(declarations.get("MqttErrorCode")?.text ?? "").matchAll(/"([A-Z_]+)"/g)].map(
    ([, code]) => code,
  );
  expect(codes).toContain("NOT_CONNECTED");
  const errors = sections.find(({ heading }) => heading === "## Errors")?.text;
  expect(codes.filter((code) => !errors?.includes(`\`${code}\``))).toEqual([]);
});

/** Declarations whose comment speaks for all their members. */
const SPOKEN_FOR = new Set(["SocketConstants"]);

test.each(exported)("%s has a doc comment, and so has each member", (name) => {
  const declaration = declarations.get(name);
  expect(declaration?.isDocumented).toBe(true);
  if (!/class|interface/.test(declaration?.kind ?? "") || SPOKEN_FOR.has(name)) return;
  const [, shape = ""] = / implements (\w+)/.exec(declaration?.text ?? "") ?? [];
  const alike = [...readMembers(`${name}Options`), ...readMembers(shape)];
  const documented = new Set(alike.filter((each) => each.isDocumented).map((each) => each.name));
  const missing = readMembers(name).filter((each) => !each.isDocumented && !documented.has(each.name));
  expect(missing.map((each) => each.name)).toEqual([]);
});

test("mqtt-native/topic has Topic, TopicMap and Wildcard, and loads no addon", async () => {
  const { dlopen } = process;
  process.dlopen = () => {
    throw new Error("an addon is loaded");
  };
  try {
    const topics = await import("../../lib/topic-entry.ts");
    expect(Object.keys(topics).toSorted()).toEqual(["Topic", "TopicMap", "Wildcard"]);
    expect(new topics.Topic("a/b").matches(new topics.Wildcard("a/#"))).toBe(true);
  } finally {
    process.dlopen = dlopen;
  }
});
