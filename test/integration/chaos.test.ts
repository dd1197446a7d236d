import { expect, test } from "vitest";
import { runChild } from "../support/child.ts";
import { politeAnswers } from "../support/scripted-answers.ts";
import { ScriptedBroker } from "../support/scripted-broker.ts";

/** What may go wrong when clients give up, leave and are thrown out in any order. */
const EXPECTED = [
  "ABORTED",
  "CONNECTION_LOST",
  "ECONNRESET",
  "NOT_CONNECTED",
  "REENTRANT",
  "TIMEOUT",
  "TimeoutError",
  23,
];

test.each([1, 2])(
  "clients that give up and leave in any order (seed %i): nothing hangs, nothing crashes",
  async (seed) => {
    await using broker = await ScriptedBroker.serving({
      PUBLISH: (packet, session) => {
        if (packet.topic === "please/reset") return session.reset();
        return politeAnswers.PUBLISH(packet, session);
      },
    });
    const ended = await runChild("chaos.mjs", [broker.url, "3", String(seed)]);
    expect(ended).toMatchObject({ code: 0, signal: null, stderr: "" });
    const codes: (string | number)[] = JSON.parse(ended.lines.join());
    expect(codes.filter((code) => !EXPECTED.includes(code))).toEqual([]);
  },
  30_000,
);
