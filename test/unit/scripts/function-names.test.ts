// Bundles name their classes, and no other functions.

import { expect, test } from "vitest";
import { nameClassesOnly } from "../../../scripts/setup/function-names.mjs";

const HELPERS = `
var __defProp = Object.defineProperty;
var __name = (target, value) => __defProp(target, "name", { value, configurable: true });
`;

test("a class that a bundle has renamed keeps its name, and an arrow function gets no properties", () => {
  const code = `${HELPERS}
    var Thing = class _Thing { static { __name(this, "Thing"); } };
    return [Thing, __name(() => {}, "arrow")];
  `;
  const [thing, arrow] = new Function(nameClassesOnly(code))() as [{ name: string }, () => void];
  expect(thing.name).toBe("Thing");
  expect(Object.hasOwn(arrow, "name") && arrow.name).not.toBe("arrow");
});

test("code without names stays as it is", () => {
  expect(nameClassesOnly("export const a = 1;")).toBe("export const a = 1;");
});

test("another form of names is an error, so that a new esbuild is noticed", () => {
  expect(() => nameClassesOnly("var __name = (a) => a;")).toThrow("another way");
});
