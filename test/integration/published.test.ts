// What programs get that import the package: dist/, as it was built.

import { expect, test } from "vitest";
import * as source from "../../lib/index.ts";

// Not a literal: there is nothing for the type checker where nothing has been built yet.
const packageName = "mqtt-native";
const published = (await import(/* @vite-ignore */ packageName)) as typeof source;

test("it exports what lib/index.ts does", () => {
  expect(Object.keys(published).toSorted()).toEqual(Object.keys(source).toSorted());
});

test("classes have their names, and errors print as what they are", () => {
  for (const [name, value] of Object.entries(published))
    if (typeof value === "function") expect(value.name).toBe(name);
  const error = new published.MqttCodeError(published.ReasonCode.of(0x87));
  expect(String(error.stack)).toMatch(/^MqttCodeError: \[code:135\] Not authorized\n/);
});
