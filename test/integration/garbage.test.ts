import { expect, test } from "vitest";
import { runChild } from "../support/child.ts";
import { politeAnswers } from "../support/scripted-answers.ts";
import { ScriptedBroker } from "../support/scripted-broker.ts";

async function outcome(name: string) {
  await using broker = await ScriptedBroker.serving({
    PUBLISH: (packet, session) => {
      politeAnswers.PUBLISH(packet, session);
      if (packet.topic === "please/reset") session.reset();
      if (packet.topic !== "please/deliver") return;
      for (const other of broker.sessions)
        if (other !== session) other.send(other.packets.publish({ topic: "t", payload: packet.payload }));
    },
  });
  return await runChild("garbage.mjs", [name, broker.url], ["--expose-gc"]);
}

// The last client may still be on the stack.
const collected = { code: 0, signal: null, stderr: "", lines: [expect.stringMatching(/^[01]$/)] };

test.each(["never connected", "disconnected", "failed to connect", "lost"])(
  "unreferenced clients are collected: %s",
  async (name) => {
    expect(await outcome(name)).toMatchObject(collected);
  },
);

test.each(["publish", "messages.next"])(
  "signals of AbortSignal.any that %s got are collected",
  async (name) => {
    expect(await outcome(name)).toMatchObject(collected);
  },
);

test("open clients without references are not collected", async () => {
  expect(await outcome("open")).toMatchObject({ code: 0, signal: null, stderr: "", lines: ["50"] });
});
