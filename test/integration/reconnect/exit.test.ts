import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { AT_ONCE, runChild } from "../../support/child.ts";
import { politeAnswers } from "../../support/scripted-answers.ts";
import { ScriptedBroker } from "../../support/scripted-broker.ts";

// Processes whose client reconnects.

/** A broker that goes away when a client asks for it. */
async function leavingBroker(): Promise<ScriptedBroker> {
  const broker: ScriptedBroker = await ScriptedBroker.serving({
    PUBLISH: (packet, session) => {
      politeAnswers.PUBLISH(packet, session);
      if (packet.topic !== "please/go") return;
      broker.refuse();
      session.reset();
    },
  });
  return broker;
}

test.each([
  ["process.exit() before the next attempt", 7],
  ["process.exit() amid attempts", 7],
  ["the end of the script after disconnect while reconnecting", 0],
  ["the end of the script with an unref'd client before its next attempt", 0],
  ["the end of the script with an unref'd client amid attempts", 0],
  ["the end of the script with a client that was unref'd before the loss", 0],
  ["the end of the script with waits for an unref'd client", 0],
  ["the end of the script with waits for a client that never connects", 0],
  ["the end of the script after the client has given up", 0],
  ["the end of the script after a first connect that timed out", 0],
])("a process ends at once by %s", async (name, code) => {
  await using broker = await leavingBroker();
  const ended = await runChild("reconnecting.mjs", [name, broker.url]);
  expect(ended).toMatchObject({ code, signal: null, lines: ["ending"], stderr: "" });
  expect(ended.afterLastLine).toBeLessThan(AT_ONCE);
});

test("a client that reconnects keeps the process alive", async () => {
  const broker = await leavingBroker();
  const child = runChild("reconnecting.mjs", ["a message after the broker has come back", broker.url]);
  await (await broker.accept()).closed;
  await delay(500);
  await using again = await ScriptedBroker.serving({}, { port: broker.port });
  const session = await again.accept();
  await session.receive("CONNECT");
  await session.send(session.packets.publish({ topic: "t", payload: "enough" }));
  expect(await child).toMatchObject({ code: 0, signal: null, lines: ["enough"], stderr: "" });
  await broker.stop();
});
