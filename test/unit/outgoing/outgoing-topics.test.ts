import { expect, test } from "vitest";
import { LONGEST_TOPIC, MOST_TOPICS, OutgoingTopics } from "../../../lib/outgoing/outgoing-topics.ts";

/** The engine's half, and what the client does with both: tells whether the topic had to be handed over. */
class Engine {
  readonly #topics = new OutgoingTopics();
  readonly kept: string[] = [];

  publish(topic: string): "known" | "new" {
    const known = this.#topics.find(topic);
    const number = known ?? this.#topics.add(topic);
    if (known === undefined) this.kept[number] = topic;
    if (this.kept[number] !== topic) throw new Error(`${topic} would go out as ${this.kept[number]}`);
    return known === undefined ? "new" : "known";
  }
}

const names = (count: number, prefix = "topic") => Array.from({ length: count }, (_, i) => `${prefix}/${i}`);
const count = (engine: Engine, topics: string[]) =>
  topics.filter((topic) => engine.publish(topic) === "new").length;

test("a topic is handed over once", () => {
  const engine = new Engine();
  expect(["a", "a", "b", "a", "b", "b", "a"].map((topic) => engine.publish(topic))).toEqual([
    "new",
    "known",
    "new",
    "known",
    "known",
    "known",
    "known",
  ]);
});

test("no topic is known at first, not even the empty one", () => {
  expect(new OutgoingTopics().find("")).toBeUndefined();
});

test("topics that come in an order are found, and one that is not kept between them is not taken for one of them", () => {
  const engine = new Engine();
  const [long, longer] = ["l".repeat(LONGEST_TOPIC + 1), "l".repeat(LONGEST_TOPIC + 2)];
  const round = ["a", long, "b", "c", longer, "c", "a", long];
  expect(count(engine, round)).toBe(6);
  for (let i = 0; i < 3; i++) expect(count(engine, round)).toBe(3);
  expect(count(engine, [...round].reverse())).toBe(2); // it ended with `long`
});

test("as many as are kept may take turns", () => {
  const engine = new Engine();
  const topics = names(MOST_TOPICS);
  expect(count(engine, topics)).toBe(MOST_TOPICS);
  expect(count(engine, topics)).toBe(0);
  expect(engine.kept).toHaveLength(MOST_TOPICS + 1);
});

test("when there are too many, those that are used are handed over once more", () => {
  const engine = new Engine();
  const topics = names(MOST_TOPICS);
  count(engine, [...topics, ...topics]);
  expect(engine.publish("one more")).toBe("new");
  expect(count(engine, topics.slice(0, 10))).toBe(10);
  expect(count(engine, topics.slice(0, 10))).toBe(0);
  expect(engine.publish("one more")).toBe("known");
});

test("a topic that is too long is known only as long as no other is published", () => {
  const engine = new Engine();
  const [first, second] = ["a".repeat(LONGEST_TOPIC + 1), "b".repeat(65_535)];
  expect([first, first, second, second, first].map((topic) => engine.publish(topic))).toEqual([
    "new",
    "known",
    "new",
    "known",
    "new",
  ]);
  engine.publish("short");
  expect(engine.publish(first)).toBe("new");
  expect(engine.publish("short")).toBe("known");
  expect(engine.publish("c".repeat(LONGEST_TOPIC))).toBe("new");
  expect(engine.publish("short")).toBe("known");
  expect(engine.publish("c".repeat(LONGEST_TOPIC))).toBe("known");
});

test("ever new topics are forgotten again and again", () => {
  const engine = new Engine();
  expect(count(engine, names(10 * MOST_TOPICS, "new"))).toBe(10 * MOST_TOPICS);
  expect(engine.kept).toHaveLength(MOST_TOPICS + 1);
  expect(count(engine, ["a", "b", "a", "b", "b"])).toBe(2);
});

test("the last topic is known again, and no other", () => {
  const topics = new OutgoingTopics();
  expect(topics.again("a")).toBeUndefined();
  const [a, long] = [topics.add("a"), topics.add("l".repeat(LONGEST_TOPIC + 1))];
  expect(topics.again("a")).toBeUndefined();
  expect(topics.again("l".repeat(LONGEST_TOPIC + 1))).toBe(long);
  expect(topics.find("a")).toBe(a);
  expect(topics.again("a")).toBe(a);
});

test("a topic that is added twice keeps its number", () => {
  const topics = new OutgoingTopics();
  const numbers = ["a", "a", "b"].map((topic) => topics.add(topic));
  expect(new Set(numbers).size).toBe(2);
  expect([topics.find("a"), topics.find("b")]).toEqual(numbers.slice(1));
});

test("the engine has the right topic after any topics in any order", () => {
  const engine = new Engine();
  const topics = [...names(MOST_TOPICS / 2), ...names(10, "l".repeat(LONGEST_TOPIC))];
  let state = 1;
  for (let i = 0; i < 100 * MOST_TOPICS; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const [isNew, isInOrder] = [(i >> 13) % 4 === 0, (i >> 12) % 3 === 0];
    engine.publish(isNew ? `new/${i}` : (topics[(isInOrder ? i : state >>> 8) % topics.length] as string));
  }
  expect(engine.kept.length).toBeLessThanOrEqual(MOST_TOPICS + 1);
});
