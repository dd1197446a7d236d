// Terms of the project's own that have been replaced do not come back: see scripts/terms/terms.mjs.

import { describe, expect, test } from "vitest";
import { usesOf } from "../../scripts/terms/files.mjs";
import { anySpelling, exactly, linesWith } from "../../scripts/terms/matching.mjs";
import { DONE, TERMS } from "../../scripts/terms/terms.mjs";

const names = TERMS.map(({ old }) => old);

test("each term is in the list once", () => {
  expect(names).toEqual([...new Set(names)]);
});

test("each term that is done is a term", () => {
  expect(DONE.filter((name) => !names.includes(name))).toEqual([]);
});

for (const term of TERMS) {
  test.runIf(DONE.includes(term.old))(`no file has the old term ${term.old}`, () => {
    expect(usesOf(term)).toEqual([]);
  });
}

const found = (pattern: RegExp, text: string): string[] =>
  [...text.matchAll(pattern)].map(([match]) => match);

describe("a term in any spelling", () => {
  test.each([
    "localSide",
    "LocalSide",
    "local_side",
    "local-side",
    "LOCAL_SIDE",
    "local side",
    "Local side",
    "local sides",
    "a localSideOf(b)",
    "theLocalSide",
  ])("local side is found in %j", (text) => {
    expect(found(anySpelling("local side"), text)).toHaveLength(1);
  });

  test.each(["localsides", "nonlocal side", "local sidecar", "LocalSidecar", "localized"])(
    "local side is not found in %j",
    (text) => {
      expect(found(anySpelling("local side"), text)).toEqual([]);
    },
  );

  test.each(["road", "Roads", "roads/road-options.ts"])("road is found in %j", (text) => {
    expect(found(anySpelling("road"), text).length).toBeGreaterThan(0);
  });

  test.each(["broad", "broader", "Roadster", "railroads"])("road is not found in %j", (text) => {
    expect(found(anySpelling("road"), text)).toEqual([]);
  });

  test("plurals with es are found", () => {
    expect(found(anySpelling("inbox"), "inboxes Inbox")).toEqual(["inboxes", "Inbox"]);
  });
});

describe("a whole name", () => {
  test.each(["Hub", "new Hub()", "Hub.start", 'from "hub.ts"', "folder/hub.ts"])(
    "Hub is found in %j",
    (text) => {
      expect(found(exactly(["Hub", "hub.ts"]), text)).toHaveLength(1);
    },
  );

  test.each(["GitHub", "Hubs", "hub", "hubs.ts", "#Hub", "the-Hub"])("Hub is not found in %j", (text) => {
    expect(found(exactly(["Hub", "hub.ts"]), text)).toEqual([]);
  });
});

describe("lines with a term", () => {
  test("line 0 is the path of the file", () => {
    expect(linesWith({ find: /hub/g }, "src/hub.ts", "a\nhub hub\n")).toEqual([0, 2, 2]);
  });

  test("comments do not count for a name that is a word of English", () => {
    const text = "/** room\n * room */\nroom();  // room\n/* room */ room();\n";
    expect(linesWith({ findInCode: /room/g }, "a.cpp", text)).toEqual([3, 4]);
  });

  test("other folders do not count", () => {
    expect(linesWith({ find: /hub/g, within: ["engine/"] }, "src/a.ts", "hub")).toEqual([]);
    expect(linesWith({ find: /hub/g, within: ["engine/"] }, "engine/a.cpp", "hub")).toEqual([1]);
  });
});
