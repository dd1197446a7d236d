import { expect, test } from "vitest";
import { AT_ONCE, runChild } from "../../support/child.ts";
import { startMosquitto } from "../../support/mosquitto.ts";

// Each case has a process of its own, which uses the module as it is published.
test.each([
  ["end", "ended"],
  ["end without a broker", "ended"],
  ["process.exit() with traffic", "ended"],
  ["both entries", "true"],
  ["garbage", "collected"],
  ["leak", "steady"],
  ["worker", "ended"],
  ["terminated worker", "ended"],
])("a process with clients of MQTT.js's interface ends well: %s", async (name, line) => {
  await using broker = await startMosquitto({ config: ["max_queued_messages 0"] });
  const ended = await runChild("mqttjs.cjs", [name, broker.url], ["--expose-gc"]);
  expect(ended).toMatchObject({ code: 0, signal: null, lines: [line], stderr: "" });
  expect(ended.afterLastLine).toBeLessThan(AT_ONCE);
});
