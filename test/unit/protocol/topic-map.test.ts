import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Topic, Wildcard } from "../../../lib/protocol/topic.ts";
import { TopicMap } from "../../../lib/protocol/topic-map.ts";

describe("TopicMap as a Map", () => {
  test("sets, gets and deletes the values of filters", () => {
    const map = new TopicMap<number>([["a/+", 1]]);
    expect(map.set("a/b", 2).set(new Wildcard("#"), 3)).toBe(map);
    expect(map.size).toBe(3);
    expect(map.get("a/+")).toBe(1);
    expect(map.get("a/c")).toBeUndefined();
    expect(map.has(new Topic("a/b"))).toBe(true);
    expect(map.delete("a/b")).toBe(true);
    expect(map.delete("a/b")).toBe(false);
    expect(map.has("a/b")).toBe(false);
    expect(map.size).toBe(2);
  });

  test("keeps the order of insertion, and the place of a filter that is set again", () => {
    const map = new TopicMap<number>();
    map.set("b", 1).set("a", 2).set("b", 3);
    expect([...map]).toEqual([
      ["b", 3],
      ["a", 2],
    ]);
  });

  test("holds undefined as a value", () => {
    const map = new TopicMap<undefined>([["a", undefined]]);
    expect(map.has("a")).toBe(true);
    expect(map.match("a")).toEqual([undefined]);
  });

  test("forgets everything when it is cleared", () => {
    const map = new TopicMap([
      ["a/#", 1],
      ["a/b", 2],
    ]);
    map.clear();
    expect(map.size).toBe(0);
    expect(map.match("a/b")).toEqual([]);
    expect([...map]).toEqual([]);
  });

  test.each([1, null, undefined, {}])("%j is no filter and no topic", (value) => {
    const map = new TopicMap<number>();
    expect(() => map.set(value as never, 1)).toThrow(TypeError);
    expect(() => map.match(value as never)).toThrow(TypeError);
  });

  test("an invalid filter or topic is refused", () => {
    const map = new TopicMap<number>();
    expect(() => map.set("a+", 1)).toThrow(RangeError);
    expect(() => map.get("$share/g")).toThrow(RangeError);
    expect(() => map.match("a/+")).toThrow(RangeError);
    expect(() => map.match(new Wildcard("a") as never)).toThrow(TypeError);
  });
});

describe("TopicMap.match", () => {
  test("a shared subscription matches as its filter, and is an entry of its own", () => {
    const map = new TopicMap([
      ["a/+", 1],
      ["$share/g/a/+", 2],
      ["$share/h/a/+", 3],
    ]);
    expect(map.match("a/b").sort()).toEqual([1, 2, 3]);
    map.delete("$share/g/a/+");
    expect(map.match(new Topic("a/b")).sort()).toEqual([1, 3]);
  });

  test("the result belongs to the caller", () => {
    const map = new TopicMap([["a", 1]]);
    map.match("a").push(2);
    expect(map.match("a")).toEqual([1]);
  });

  test("a remembered topic sees later changes", () => {
    const map = new TopicMap([["a", 1]]);
    expect(map.match("a")).toEqual([1]);
    map.set("a", 2).set("+", 3);
    expect(map.match("a").sort()).toEqual([2, 3]);
    map.delete("a");
    expect(map.match("a")).toEqual([3]);
  });

  test("a topic and a filter with the maximum number of levels match", () => {
    const levels = "/".repeat(65_535);
    const map = new TopicMap([
      [levels, 1],
      ["+/#", 2],
    ]);
    expect(map.match(levels).sort()).toEqual([1, 2]);
    expect(map.delete(levels)).toBe(true);
  });

  test("many shared subscriptions of one filter match", () => {
    const map = new TopicMap<number>();
    for (let group = 0; group < 200_000; group++) map.set(`$share/${group}/a`, group);
    expect(map.match("a")).toHaveLength(200_000);
  });
});

describe("TopicMap beside Topic.matches", () => {
  const level = fc.constantFrom("a", "b", "", "$SYS", "ä");
  const topics = fc
    .array(level, { minLength: 1, maxLength: 4 })
    .map((levels) => levels.join("/"))
    .filter((topic) => topic !== "");
  const filters = fc
    .tuple(
      fc.constantFrom("", "", "$share/g/"),
      fc.array(fc.oneof(level, fc.constant("+")), { maxLength: 3 }),
    )
    .chain(([share, levels]) =>
      fc.constantFrom("a", "+", "#", "").map((last) => share + [...levels, last].join("/")),
    )
    .filter((filter) => filter !== "" && filter !== "$share/g/");

  test("finds exactly the filters that match, after any changes", () => {
    const changes = fc.array(fc.tuple(fc.boolean(), filters), { maxLength: 30 });
    fc.assert(
      fc.property(changes, fc.array(topics, { maxLength: 5 }), (steps, names) => {
        const map = new TopicMap<string>();
        const all = new Set<string>();
        for (const [adds, filter] of steps) {
          if (adds) map.set(filter, filter);
          else expect(map.delete(filter)).toBe(all.has(filter));
          if (adds) all.add(filter);
          else all.delete(filter);
          for (const name of names) {
            const expected = [...all].filter((known) => new Topic(name).matches(known));
            expect(map.match(name).sort()).toEqual(expected.sort());
          }
        }
        expect(map.size).toBe(all.size);
      }),
      { numRuns: 500 },
    );
  });
});
