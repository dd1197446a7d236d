// A process may end at any moment, and a program may drop its clients at every step of their lives.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { AT_ONCE, runScript } from "../support/child.ts";
import { startMosquitto } from "../support/mosquitto.ts";
import { type Answers, politeAnswers } from "../support/scripted-answers.ts";
import { ScriptedBroker } from "../support/scripted-broker.ts";
import type { ScriptedSession } from "../support/scripted-session.ts";

/** Sends messages of all QoS as fast as the client reads them. */
async function flood(session: ScriptedSession): Promise<void> {
  for (let number = 0; session.socket.writable; number++) {
    const packets = Array.from({ length: 100 }, (_, index) =>
      session.packets.publish({
        topic: `flood/${index % 7}`,
        payload: Buffer.alloc(index === 0 ? 20_000 : index),
        qos: (index % 3) as 0 | 1 | 2,
        packetId: ((number * 100 + index) % 65_535) + 1,
      }),
    );
    await session.send(...packets);
    await new Promise(setImmediate);
  }
}

/**
 * A polite broker with exceptions: it does not answer packets about "silence", and other names trigger a flood, a reset
 * or a slow close.
 */
const answers: Answers = {
  CONNECT: (packet, session) => {
    if (packet.clientId !== "silence") return politeAnswers.CONNECT(packet, session);
  },
  SUBSCRIBE: (packet, session) => {
    if (packet.subscriptions.some(({ filter }) => filter.startsWith("silence"))) return;
    politeAnswers.SUBSCRIBE(packet, session);
    if (packet.subscriptions.some(({ filter }) => filter.startsWith("flood"))) void flood(session);
  },
  PUBLISH: (packet, session) => {
    if (packet.topic === "reset") session.reset();
    else if (packet.topic !== "silence") politeAnswers.PUBLISH(packet, session);
  },
  DISCONNECT: (packet, session) => {
    const connect = session.received[0];
    if (connect?.type === "CONNECT" && connect.clientId === "slow to close") return;
    politeAnswers.DISCONNECT(packet, session);
  },
};

const steps = [
  "constructed",
  "dialing",
  "securing",
  "upgrading",
  "proxying",
  "connecting",
  "connected",
  "subscribing",
  "receiving",
  "publishing",
  "disconnecting",
  "disconnected",
  "lost",
];

const ends: [end: string, code: number | null, signal: string | null, stderr: RegExp][] = [
  ["falling off the end", 0, null, /^$/],
  ["process.exit()", 7, null, /^$/],
  ["an uncaught exception", 1, null, /Error: on purpose/],
  ["SIGTERM", null, "SIGTERM", /^$/],
  ["worker.terminate()", 0, null, /^$/],
  ["process.exit() in a worker", 0, null, /^$/],
];

const child = (name: string) => new URL(`children/${name}`, import.meta.url);

describe.concurrent.each(ends)("the end of a process by %s", (end, code, signal, stderr) => {
  test.each(steps)("a process with a client that is (or was) %s ends cleanly", async (step) => {
    await using broker = await ScriptedBroker.serving(answers);
    const ended = await runScript(child("lifetime.mjs"), [step, end, broker.url]);
    expect(ended).toMatchObject({
      code,
      signal,
      lines: ["ending"],
      stderr: expect.stringMatching(stderr),
    });
    expect(ended.afterLastLine).toBeLessThan(AT_ONCE);
  });
});

describe.concurrent("dropped clients are collected", () => {
  test.each(steps)("a dropped client that is (or was) %s leaves nothing behind", async (step) => {
    await using broker = await ScriptedBroker.serving(answers);
    const ended = await runScript(child("collected.mjs"), [step, broker.url], ["--expose-gc"]);
    expect(ended).toMatchObject({ code: 0, signal: null, stderr: "" });
    expect(ended.lines).toEqual([expect.stringMatching(/^[01],[01],0,0$/)]);
  });
});

test("a copy of the package that nobody holds is collected, with all that the addon has for it", async () => {
  await using broker = await ScriptedBroker.serving(answers);
  const ended = await runScript(child("environments.mjs"), [broker.url], ["--expose-gc"]);
  expect(ended).toMatchObject({ code: 0, signal: null, stderr: "", lines: ["0 left, 1 kept"] });
});

const addon = fileURLToPath(new URL("../../build/Release/mqtt_native.node", import.meta.url));

test.each([
  ["each with an addon of its own", ""],
  ["sharing one addon", addon],
])("two copies of the package work side by side in one process, %s", async (_name, MQTT_NATIVE_ADDON) => {
  await using broker = await startMosquitto();
  const folder = mkdtempSync(join(tmpdir(), "mqtt-native-copy-"));
  const ended = await runScript(child("two-copies.mjs"), [broker.url, folder], [], { MQTT_NATIVE_ADDON });
  rmSync(folder, { recursive: true });
  expect(ended).toMatchObject({ code: 0, signal: null, stderr: "", lines: ["both"] });
});
