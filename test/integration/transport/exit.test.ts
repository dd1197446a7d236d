import { afterAll, beforeAll, expect, test } from "vitest";
import { runChild } from "../../support/child.ts";
import { type Network, startNetwork } from "../../support/transport/network.ts";
import { straight, transports } from "../../support/transport/transports.ts";

// A process or a worker may end in any state of its connections, including all kinds of handshakes.

let network: Network;
beforeAll(async () => {
  network = await startNetwork();
});
afterAll(() => network[Symbol.asyncDispose]());

// LeakSanitizer cannot examine threads that are starting. With many of them it sometimes crashes itself ("Tracer caught
// signal 11") and ends the process.
const { ASAN_OPTIONS } = process.env;
const env = ASAN_OPTIONS === undefined ? {} : { ASAN_OPTIONS: `${ASAN_OPTIONS}:detect_leaks=0` };

// JSON has no bytes for a PFX. Mosquitto drops TLS clients when clients of its own WebSocket listener over TLS
// disconnect.
const excluded = ["mutual TLS from a PFX", "WebSocket of mosquitto over TLS"];

test.each([40, 80, 120, 200, 400])(
  "a process that ends after %i ms prints no error",
  async (milliseconds) => {
    const all = Object.entries(transports).filter(([name]) => !excluded.includes(name));
    const texts = JSON.stringify(all.map(([, layout]) => straight(layout(network))));
    const ended = await runChild("transports.mjs", [texts, String(milliseconds)], [], env);
    expect(ended).toMatchObject({ code: 7, signal: null, stderr: "", lines: [] });
  },
);
