import { expect, test } from "vitest";
import { AT_ONCE, runChild } from "../support/child.ts";
import { startMosquitto } from "../support/mosquitto.ts";

// Each case has a process of its own, so that a crash is attributed to it.
test.each<[name: string, lines: string[], code?: number]>([
  ["terminated with traffic, beside a client of the main thread", ["undisturbed"]],
  ["terminated at any moment", ["undisturbed"]],
  ["terminated amid prompt answers", ["undisturbed"]],
  ["terminated while connecting repeatedly", ["undisturbed"]],
  ["terminated while making sessions", ["undisturbed"]],
  ["several terminated at once", ["undisturbed"]],
  ["only in a worker, which ends by itself", ["0"]],
  ["in one worker after the other", ["0", "0", "0", "0", "0"]],
  ["in several workers at once", ["0,0,0,0"]],
  ["ended by process.exit() in the worker", ["3"]],
  ["ended by an exception in the worker", ["on purpose", "1"]],
  ["process.exit() in the main thread", ["ending"], 7],
])("clients in workers: %s", async (name, lines, code = 0) => {
  await using broker = await startMosquitto({ config: ["max_queued_messages 0"] });
  const ended = await runChild("workers.mjs", [name, broker.url]);
  expect(ended).toMatchObject({ code, signal: null, lines, stderr: "" });
  expect(ended.afterLastLine).toBeLessThan(AT_ONCE);
});
