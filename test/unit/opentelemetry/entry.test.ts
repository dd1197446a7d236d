// The entry `mqtt-native/opentelemetry`, its page, and its place in the package.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as entry from "../../../lib/opentelemetry-entry.ts";
import { emitDeclarations } from "../../support/declarations.ts";

const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");
const manifest = JSON.parse(read("package.json"));
const declarations = [...emitDeclarations().values()].flat();

test.each(["MqttInstrumentation", "MqttInstrumentationOptions"])(
  "docs/observing.md has all of %s",
  (name) => {
    const declaration = declarations.find((each) => each.name === name);
    const page = read("docs/observing.md");
    const missing = declaration?.members.filter((member) => !new RegExp(`\`${member.name}\\b`).test(page));
    expect(declaration?.members.length).toBeGreaterThan(0);
    expect(missing?.map((member) => member.name)).toEqual([]);
    expect(
      declaration?.members.filter((member) => !member.isDocumented).map((member) => member.name),
    ).toEqual([]);
  },
);

test("the entry has one class, with the version of the package", () => {
  expect(Object.keys(entry)).toEqual(["MqttInstrumentation"]);
  const instrumentation = new entry.MqttInstrumentation({ enabled: false });
  expect(instrumentation.instrumentationVersion).toBe(manifest.version);
});

test("OpenTelemetry is optional", () => {
  expect(Object.keys(manifest.peerDependencies)).toContain("@opentelemetry/api");
  expect(manifest.peerDependenciesMeta["@opentelemetry/api"]).toEqual({ optional: true });
  expect(manifest.dependencies).toBeUndefined();
});
