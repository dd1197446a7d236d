import { expect, test } from "vitest";
import { AT_ONCE, runChild } from "../support/child.ts";
import { politeAnswers } from "../support/scripted-answers.ts";
import { ScriptedBroker } from "../support/scripted-broker.ts";

/** A broker that echoes the topic "traffic", and resets the connection of a client that asks for it. */
const startBroker = () =>
  ScriptedBroker.serving({
    PUBLISH: (packet, session) => {
      politeAnswers.PUBLISH(packet, session);
      if (packet.topic === "please/reset") session.reset();
      if (packet.topic !== "traffic") return;
      const { topic, payload, packetId } = packet;
      session.send(session.packets.publish({ topic, payload, packetId, qos: 1 }));
    },
  });

/** Expects that the process ends by itself, at once, with only this output. */
async function expectEnd(name: string, code: number, stderr: RegExp = /^$/): Promise<void> {
  await using broker = await startBroker();
  const ended = await runChild("exit.mjs", [name, broker.url]);
  expect(ended).toMatchObject({
    code,
    signal: null,
    lines: ["ending"],
    stderr: expect.stringMatching(stderr),
  });
  expect(ended.afterLastLine).toBeLessThan(AT_ONCE);
}

test.each([
  "process.exit() with an idle client",
  "process.exit() with traffic",
  "process.exit() amid prompt answers",
  "process.exit() with a hundred clients",
  "process.exit() while connecting",
  "process.exit() while disconnecting",
])("a process ends at once by %s", async (name) => {
  await expectEnd(name, 7);
});

test.each(["an uncaught exception", "an uncaught exception in a loop over messages"])(
  "a process ends at once by %s",
  async (name) => {
    await expectEnd(name, 1, /Error: on purpose/);
  },
);

test.each([
  "the end of the script after disconnect",
  "the end of the script with unsettled promises after disconnect",
  "the end of the script with an unref'd client",
  "the end of the script with traffic of unref'd clients",
  "the end of the script amid prompt answers to an unref'd client",
  "the end of the script with a client that was unref'd before",
  "the end of the script after a failed connect",
  "the end of the script after an attempt that timed out",
  "the end of the script after the connection was lost",
  "the end of the script with a client that never connected",
])("a process ends at once by %s", async (name) => {
  await expectEnd(name, 0);
});

test("an open client keeps the process alive", async () => {
  await using broker = await startBroker();
  const child = runChild("waiting.mjs", [broker.url]);
  const session = await broker.accept();
  await session.receive("CONNECT");
  await session.send(session.packets.publish({ topic: "t", payload: "enough" }));
  expect(await child).toMatchObject({ code: 0, signal: null, lines: ["enough"], stderr: "" });
});
