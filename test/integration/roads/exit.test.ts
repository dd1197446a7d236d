import { afterAll, beforeAll, expect, test } from "vitest";
import { runChild } from "../../support/child.ts";
import { type Network, startNetwork } from "../../support/roads/network.ts";
import { roads, straight } from "../../support/roads/roads.ts";

// A process or a worker may end whatever its connections are doing: handshakes of every kind, for a start.

let network: Network;
beforeAll(async () => {
  network = await startNetwork();
});
afterAll(() => network[Symbol.asyncDispose]());

// LeakSanitizer cannot look at threads that are just beginning: where there are so many of them it is now and then itself
// what crashes ("Tracer caught signal 11"), and ends the process.
const { ASAN_OPTIONS } = process.env;
const env = ASAN_OPTIONS === undefined ? {} : { ASAN_OPTIONS: `${ASAN_OPTIONS}:detect_leaks=0` };

test.each([40, 80, 120, 200, 400])("a process that ends after %i ms ends quietly", async (milliseconds) => {
  // Bytes do not survive JSON.
  const all = Object.entries(roads).filter(([name]) => !name.includes("PFX"));
  const texts = JSON.stringify(all.map(([, layout]) => straight(layout(network))));
  const ended = await runChild("roads.mjs", [texts, String(milliseconds)], [], env);
  expect(ended).toMatchObject({ code: 7, signal: null, stderr: "", lines: [] });
});
