// The scripts refuse mistakes in their command lines at once.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));

test.each([
  ["test.mjs", ["lint", "unti"], "There is no step unti. There are: lint:biome "],
  ["smoke.mjs", ["smoke:bum"], "There is no step smoke:bum. There are: smoke:npm "],
  ["extended.mjs", ["all-of-it"], "There is no all-of-it. There are: all asan"],
  ["extended.mjs", ["constructor"], "There is no constructor."],
  ["extended.mjs", ["soak", "hostile"], "One at a time: what is hostile?"],
  ["extended.mjs", ["fuzz", "--seconds=1m"], "--seconds must be a whole number from 1 on, and not 1m"],
  ["extended.mjs", ["fuzz", "--seconds=0"], "--seconds must be a whole number from 1 on, and not 0"],
  ["extended.mjs", ["fuzz", "--seconds=0.5"], "--seconds must be a whole number from 1 on, and not 0.5"],
  ["extended.mjs", ["--seed=x"], "--seed must be a whole number from 0 on, and not x"],
  ["extended.mjs", ["--seed="], "--seed must be a whole number from 0 on, and not "],
  ["extended.mjs", ["soak", "--scale=-1"], "--scale must be a number above 0, and not -1"],
  ["brokers.mjs", ["mosquito"], "There is no broker mosquito."],
  ["brokers.mjs", ["nats", "--protocol=4"], "--protocol must be one of 3.1 3.1.1 5, and not 4"],
  ["brokers.mjs", ["--transport", "tls"], "--transport must be one of tcp websocket, and not tls"],
  ["brokers.mjs", ["aedes", "--write"], "--write is for a run of everything."],
  ["brokers.mjs", ["--quick"], "Unknown option '--quick'"],
])("scripts/%s %j", (script, words, refusal) => {
  const { status, stderr } = spawnSync(process.execPath, [`scripts/${script}`, ...words], {
    cwd: root,
    encoding: "utf8",
  });
  expect(stderr).toContain(refusal);
  expect(status).toBe(2);
});
