// The exports of the built package, dist/.

import { expect, test } from "vitest";
import * as source from "../../lib/index.ts";

// The name is not a literal, because the type checker finds no package before the build.
const packageName = "mqtt-native";
const published = (await import(/* @vite-ignore */ packageName)) as typeof source;

test("the built package exports the same names as lib/index.ts", () => {
  expect(Object.keys(published).toSorted()).toEqual(Object.keys(source).toSorted());
});

test("classes of the built package have their names, and errors print them", () => {
  for (const [name, value] of Object.entries(published))
    if (typeof value === "function") expect(value.name).toBe(name);
  const error = new published.MqttCodeError(published.ReasonCode.of(0x87));
  expect(String(error.stack)).toMatch(/^MqttCodeError: \[code:135\] Not authorized\n/);
});
