// A process may have several copies of the package: each test file of Jest is one. Their classes know the instances of
// each other.

import { describe, expect, test, vi } from "vitest";
import * as ours from "../../../lib/index.ts";

vi.resetModules();
const other: typeof ours = await import("../../../lib/index.ts");

type Class = abstract new (...args: never[]) => object;
const notAuthorized = (copy: typeof ours) => copy.ReasonCode.of(135);

const made: [name: string, Class: (copy: typeof ours) => Class, make: (copy: typeof ours) => object][] = [
  ["Topic", ({ Topic }) => Topic, ({ Topic }) => new Topic("a/b")],
  ["Wildcard", ({ Wildcard }) => Wildcard, ({ Wildcard }) => new Wildcard("a/#")],
  ["Will", ({ Will }) => Will, ({ Will }) => new Will({ topic: "t" })],
  ["ReasonCode", ({ ReasonCode }) => ReasonCode as unknown as Class, notAuthorized],
  ["MqttError", ({ MqttError }) => MqttError, ({ MqttError }) => new MqttError("", { code: "TIMEOUT" })],
  ["MqttError", ({ MqttError }) => MqttError, (copy) => new copy.MqttConnectError(notAuthorized(copy))],
  [
    "MqttCodeError",
    ({ MqttCodeError }) => MqttCodeError,
    (copy) => new copy.MqttCodeError(notAuthorized(copy)),
  ],
  [
    "MqttCodeError",
    ({ MqttCodeError }) => MqttCodeError,
    (copy) => new copy.MqttConnectError(notAuthorized(copy)),
  ],
  [
    "MqttConnectError",
    ({ MqttConnectError }) => MqttConnectError,
    (copy) => new copy.MqttConnectError(notAuthorized(copy)),
  ],
  [
    "MqttReentrantError",
    ({ MqttReentrantError }) => MqttReentrantError,
    ({ MqttReentrantError }) => new MqttReentrantError(),
  ],
  [
    "Message",
    ({ Message }) => Message,
    (copy) => new copy.Message(new copy.Topic("t"), Buffer.alloc(0), 0, 0, undefined),
  ],
];

test.each(made)("%s is known in each copy by instances of both", (_name, Class, make) => {
  expect(Class(ours)).not.toBe(Class(other));
  for (const copy of [ours, other]) {
    expect(make(ours)).toBeInstanceOf(Class(copy));
    expect(make(other)).toBeInstanceOf(Class(copy));
  }
});

test("a class has no other instances than before", () => {
  for (const value of [undefined, null, "a/b", 1, {}, [], new ours.Wildcard("a"), () => {}])
    expect(value instanceof ours.Topic).toBe(false);
  expect(new ours.MqttError("", { code: "TIMEOUT" })).not.toBeInstanceOf(ours.MqttCodeError);
  expect(new ours.MqttError("", { code: "TIMEOUT" })).toBeInstanceOf(Error);
  expect(new Error()).not.toBeInstanceOf(ours.MqttError);
});

test("a subclass has its own instances only", () => {
  class Named extends ours.Topic {}
  expect(new Named("a")).toBeInstanceOf(Named);
  expect(new Named("a")).toBeInstanceOf(other.Topic);
  expect(new ours.Topic("a")).not.toBeInstanceOf(Named);
  expect(new other.Topic("a")).not.toBeInstanceOf(Named);
});

describe("topics and filters of another copy", () => {
  test("compare and match", () => {
    const topic = new ours.Topic("a/b");
    expect(topic.equals(new other.Topic("a/b"))).toBe(true);
    expect(topic.equals(new other.Topic("a"))).toBe(false);
    expect(topic.equals(new other.Wildcard("a/b"))).toBe(false);
    expect(topic.matches(new other.Wildcard("a/#"))).toBe(true);
    expect(topic.matches(new other.Wildcard("b/#"))).toBe(false);
    expect(topic.matches(new other.Topic("a/b"))).toBe(true);
  });

  test("a false one is not trusted", () => {
    const key = Symbol.for("mqtt-native.Wildcard");
    const topic = new ours.Topic("a");
    expect(() => topic.matches({ [key]: true, value: "a/#/b" } as never)).toThrow(RangeError);
    expect(() => topic.matches({ [key]: true } as never)).toThrow(TypeError);
    expect(
      () => new ours.Will({ topic: { [Symbol.for("mqtt-native.Topic")]: true, value: "#" } as never }),
    ).toThrow(RangeError);
  });
});

test("a will of another copy is taken", () => {
  const will = new other.Will({ topic: "t", payload: "p", qos: 1, retain: true });
  expect(() => new ours.Client("localhost", { will })).not.toThrow();
  const properties = { properties: { contentType: "c" } };
  expect(() => new ours.Client("localhost", { will: new other.Will({ topic: "t", ...properties }) })).toThrow(
    "will.properties",
  );
});
