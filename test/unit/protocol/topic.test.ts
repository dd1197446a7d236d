import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import {
  isTopicName,
  Topic,
  trustedTopic,
  validateTopic,
  validateWildcard,
  Wildcard,
} from "../../../lib/protocol/topic.ts";

const NOT_STRINGS = [true, 1.0, null, undefined, []] as unknown as string[];

describe("Topic", () => {
  test.each([
    "a/b/c",
    "a",
    "/",
    "//",
    "a//b",
    "/a",
    "a/",
    " ",
    "$SYS/x",
    "$share/g/a",
    "a".repeat(65_535),
    "🎈",
  ])("%j is valid", (value) => {
    expect(new Topic(value).value).toBe(value);
    expect(String(new Topic(value))).toBe(value);
    expect(isTopicName(value)).toBe(true);
  });

  test.each(NOT_STRINGS)("%j is not a string", (value) => {
    expect(() => new Topic(value)).toThrow(TypeError);
    expect(() => new Topic(value)).toThrow("Topic must be a string, not ");
    expect(isTopicName(value)).toBe(false);
  });

  // The last four deviate from aiomqtt, which counts code points and allows U+0000.
  test.each([
    "a/b/#",
    "a/+/c",
    "#",
    "",
    "a".repeat(65_536),
    "é".repeat(65_535),
    "a\0b",
    "\ud800",
    "a\udc00b",
  ])("%j is invalid", (value) => {
    expect(() => new Topic(value)).toThrow(RangeError);
    expect(() => validateTopic(value)).toThrow(/^Invalid topic: /);
    expect(isTopicName(value)).toBe(false);
  });

  test("counts bytes, not characters", () => {
    expect(() => new Topic("é".repeat(32_767))).not.toThrow();
    expect(() => new Topic("é".repeat(32_768))).toThrow(RangeError);
  });

  test("the message names the value, shortened", () => {
    expect(() => new Topic("a/#")).toThrow("Invalid topic: 'a/#' (allowed: ");
    expect(() => new Topic("a".repeat(65_536))).toThrow(/^.{80,300}$/);
  });

  test("equals only a Topic with the same value", () => {
    expect(new Topic("a").equals(new Topic("a"))).toBe(true);
    expect(new Topic("a").equals(trustedTopic("a"))).toBe(true);
    expect(new Topic("a").equals(new Topic("b"))).toBe(false);
    expect(new Topic("a").equals(new Wildcard("a"))).toBe(false);
    expect(new Topic("a").equals("a")).toBe(false);
  });

  test("trustedTopic makes a Topic like any other", () => {
    expect(trustedTopic("a/b")).toBeInstanceOf(Topic);
    expect(trustedTopic("a/b")).toStrictEqual(new Topic("a/b"));
    expect(trustedTopic("a/b").matches("a/+")).toBe(true);
  });
});

describe("Wildcard", () => {
  test.each([
    "a/b/c",
    "#",
    "+",
    "/",
    "a/#",
    "+/#",
    "a/+/b",
    "/#",
    "/+",
    "+/+",
    "$SYS/#",
    "$share/g/#",
    "$share/g//",
    "$shared",
  ])("%j is valid", (value) => {
    expect(new Wildcard(value).value).toBe(value);
    expect(String(new Wildcard(value))).toBe(value);
  });

  test.each(NOT_STRINGS)("%j is not a string", (value) => {
    expect(() => new Wildcard(value)).toThrow(TypeError);
    expect(() => new Wildcard(value)).toThrow("Wildcard must be a string, not ");
  });

  test.each([
    ...["a/#/c", "a/b+/c", "a/b/#c", "", "a".repeat(65_536)],
    ...["#/", "a/#/", "+a", "a+", "##", "++", "a#", "#/a", "#\n", "+\n"],
  ])("%j is invalid", (value) => {
    expect(() => new Wildcard(value)).toThrow(RangeError);
    expect(() => validateWildcard(value)).toThrow(/^Invalid wildcard: /);
  });

  // aiomqtt accepts all of these.
  test.each([
    "$share",
    "$share/",
    "$share/g",
    "$share/g/",
    "$share//a",
    "$share/+/a",
    "$share/#",
    "$share/a+/a",
    "a\0",
    "\udfff",
  ])("%j is invalid by the specification", (value) => {
    expect(() => new Wildcard(value)).toThrow(/^Invalid wildcard: /);
  });

  test("equals only a Wildcard with the same value", () => {
    expect(new Wildcard("a/#").equals(new Wildcard("a/#"))).toBe(true);
    expect(new Wildcard("a/#").equals(new Wildcard("a/+"))).toBe(false);
    expect(new Wildcard("a").equals(new Topic("a"))).toBe(false);
    expect(new Wildcard("a").equals("a")).toBe(false);
  });
});

test.each([new Topic("a/b"), new Wildcard("a/#"), trustedTopic("a")])("%s cannot be changed", (topic) => {
  const before = topic.value;
  expect(() => Object.assign(topic, { value: "other" })).toThrow(TypeError);
  expect(topic.value).toBe(before);
});

test("Topic and Wildcard are inspected with their names", () => {
  expect(inspect({ topic: new Topic("a/b"), filter: new Wildcard("a/#") })).toBe(
    "{ topic: Topic 'a/b', filter: Wildcard 'a/#' }",
  );
  expect(JSON.stringify({ topic: new Topic("a/b") })).toBe('{"topic":"a/b"}');
});

describe("Topic.matches", () => {
  test.each([
    ["a/b/c", "a/b/c"],
    ["a/b/c", "a/+/c"],
    ["a/b/c", "+/+/+"],
    ["a/b/c", "+/#"],
    ["a/b/c", "#"],
    ["a/b/c", "a/b/c/#"],
    ["a/b/c", "$share/group/a/b/c"],
    ["a/b/c", "$share/group/a/b/+"],
    ["$SYS/x", "$SYS/#"],
    ["$SYS/x", "$SYS/+"],
    ["$SYS/x", "$share/g/$SYS/#"],
    ["a", "a/#"],
    ["a/b", "a/#"],
    ["a/", "a/+"],
    ["a/", "a/#"],
    ["/a", "+/+"],
    ["/a", "/+"],
    ["/", "/#"],
    ["/", "+/+"],
    ["a", "$share/g/a"],
    ["a", "$share/g/#"],
    ["a//b", "a/+/b"],
    ["a", "+/#"],
    ["a", "#"],
    ["a/$b", "a/+"],
  ])("%j matches %j", (topic, filter) => {
    expect(new Topic(topic).matches(filter)).toBe(true);
    expect(new Topic(topic).matches(new Wildcard(filter))).toBe(true);
  });

  test.each([
    ["a/b/c", "abc"],
    ["a/b/c", "a/b"],
    ["a/b/c", "a/b/c/d"],
    ["a/b/c", "a/b/c/d/#"],
    ["a/b/c", "a/b/z"],
    ["a/b/c", "a/b/c/+"],
    ["a/b/c", "$share/a/b/c"],
    ["a/b/c", "$test/group/a/b/c"],
    ["a", "a/+"],
    ["a", "/#"],
    ["ab", "a/#"],
    ["/a", "+"],
    ["$share/g/a", "$share/g/a"],
    ["a//b", "a/b"],
    ["a/b", "+"],
    ["a/b", "+/b/+"],
    ["A", "a"],
    ["a", "b"],
    // The $-rule [MQTT-4.7.2-1], which aiomqtt does not know.
    ["$SYS/x", "#"],
    ["$SYS/x", "+/x"],
    ["$SYS/x", "$share/g/#"],
    ["$SYS/x", "$share/g/+/x"],
  ])("%j does not match %j", (topic, filter) => {
    expect(new Topic(topic).matches(filter)).toBe(false);
    expect(new Topic(topic).matches(new Wildcard(filter))).toBe(false);
  });

  test("a Topic is the filter with the same text", () => {
    expect(new Topic("a/b").matches(new Topic("a/b"))).toBe(true);
    expect(new Topic("a/b").matches(new Topic("a/c"))).toBe(false);
    expect(new Topic("a").matches(new Topic("$share/g/a"))).toBe(true);
  });

  test("refuses what is not a filter", () => {
    expect(() => new Topic("a").matches("a/#/b")).toThrow(RangeError);
    // aiomqtt calls these two valid filters that match nothing.
    expect(() => new Topic("a").matches("$share")).toThrow(RangeError);
    expect(() => new Topic("a").matches("$share/g")).toThrow(RangeError);
    for (const value of NOT_STRINGS) expect(() => new Topic("a").matches(value)).toThrow(TypeError);
  });
});

test("more filters than the cache of parsed filters holds", () => {
  for (let i = 0; i < 1_000; i++) expect(new Topic(`a/${i}`).matches(`+/${i}`)).toBe(true);
  expect(new Topic("a/1").matches("+/0")).toBe(false);
});
