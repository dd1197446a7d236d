import { describe, expect, test } from "vitest";
import { parseFormat } from "../../../lib/cli/sub/format.ts";
import { formatNumber, parseJsonTree, printJsonTree } from "../../../lib/cli/sub/json-tree.ts";
import { strftime } from "../../../lib/cli/sub/strftime.ts";

describe("a format of -F", () => {
  test("has texts, escapes, fields and parts of the time", () => {
    expect(parseFormat("a%%\\t@@%-12.3t@H")).toEqual([
      ...["a", "%", "\t", "@"],
      { kind: "field", conversion: "t", isLeft: true, pad: " ", width: 12, precision: 3 },
      { kind: "time", conversion: "H" },
    ]);
  });

  test.each(["%", "%5", "%5.", "%0", "%Q", "@", "\\", "\\q"])("cannot be %s", (text) => {
    expect(() => parseFormat(text)).toThrow("-F has ");
  });
});

describe("JSON in messages", () => {
  const print = (text: string, isPretty = false) => printJsonTree(parseJsonTree(text), isPretty);

  test("keeps the order and the repeats of names", () => {
    expect(print('{"2":1, "1":[], "2":{"b":"\\u0041"}}')).toBe('{"2":1,"1":[],"2":{"b":"A"}}');
  });

  test("keeps whole numbers that no double has", () => {
    expect(print("[12345678901234567890, 1.0, 1e3, -0]")).toBe("[12345678901234567890,1,1000,-0]");
  });

  test.each([
    [0.1, "0.1"],
    [1e20, "1e+20"],
    [1e-7, "1e-07"],
    [0.30000000000000004, "0.3"],
    [1234567890123456, "1234567890123456"],
    [1.5e30, "1.5e+30"],
    [0.0001, "0.0001"],
  ])("prints the number %d as cJSON does", (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });

  test.each(["", "[", "[1,]", "{a:1}", "01", "[1] 2", '"\n"', "nul", "{,}", '{"a"}', "[".repeat(2000)])(
    "is not %s",
    (text) => {
      expect(() => parseJsonTree(text)).toThrow(SyntaxError);
    },
  );

  test("has tabs when it is pretty", () => {
    expect(print('{"a":[1,{}]}', true)).toBe('{\n\t"a":\t[1, {\n\t\t}]\n}');
  });
});

test("strftime knows the conversions of the C locale", () => {
  const date = new Date(2026, 0, 4, 15, 4, 5);
  const format = "%a %A %b %B %C %d %e %g %G %H %I %j %k %l %m %M %p %P %S %u %U %V %w %W %y %Y %c %D %r %Q";
  expect(strftime(format, date)).toBe(
    "Sun Sunday Jan January 20 04  4 26 2026 15 03 004 15  3 01 04 PM pm 05 7 01 01 0 00 26 2026 " +
      "Sun Jan  4 15:04:05 2026 01/04/26 03:04:05 PM %Q",
  );
});
