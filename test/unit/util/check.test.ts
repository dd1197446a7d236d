import { afterEach, describe, expect, test } from "vitest";
import { isPlain, validateMembers } from "../../../lib/util/check.ts";

const everyObject = Object.prototype as { extend?: unknown };

afterEach(() => {
  delete everyObject.extend;
});

describe("members that a library has added to all objects", () => {
  const check = (value: unknown) => validateMembers("options", value, { qos: true });

  test.each<[string, unknown]>([
    ["an object", { qos: 1 }],
    ["an empty object", {}],
    ["an object of a class", new (class Options {})()],
    ["an object that inherits", Object.create({ qos: 1 })],
  ])("do not make %s fail", (_name, value) => {
    everyObject.extend = () => {};
    expect(() => check(value)).not.toThrow();
  });

  test.each<[string, unknown, string]>([
    ["a number", 1, "options must be an object, not a number"],
    ["a string", "qos", "options must be an object, not a string"],
    ["an array", [], "options must be an object, not an array"],
    ["null", null, "options must be an object, not null"],
    ["a member of its own of that name", { extend: 1 }, "There is no option extend"],
    ["a misspelt member that it inherits", Object.create({ quos: 1 }), "There is no option quos"],
    [
      "a member of an object without a prototype",
      Object.create(Object.assign(Object.create(null), { quos: 1 })),
      "quos",
    ],
  ])("do not hide %s", (_name, value, message) => {
    everyObject.extend = () => {};
    expect(() => check(value)).toThrow(message);
  });
});

test.each<[unknown, boolean]>([
  [{}, true],
  [Object.create(null), true],
  [new Map(), false],
  [[], false],
  [Object.create({}), false],
  ["", false],
  [null, false],
])("isPlain(%o) is %o", (value, expected) => {
  expect(isPlain(value)).toBe(expected);
});
