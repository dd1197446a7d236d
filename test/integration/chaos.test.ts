import { expect, test } from "vitest";
import { runChild } from "../support/child.ts";
import { politeAnswers } from "../support/scripted-answers.ts";
import { ScriptedBroker } from "../support/scripted-broker.ts";

/** The errors that clients may meet when they abort, disconnect and are dropped in any order. */
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
  "clients that abort and disconnect in any order (seed %i) neither hang nor crash",
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
