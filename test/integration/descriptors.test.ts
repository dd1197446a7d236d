import { expect, test } from "vitest";
import { runChild, SANITIZED } from "../support/child.ts";
import { ScriptedBroker } from "../support/scripted-broker.ts";

const FEW_DESCRIPTORS = ["sh", "-c", 'ulimit -n 100 && exec "$@"', "sh"];

// UndefinedBehaviorSanitizer checks memory with a pipe before it reads an object's type. It fails without a descriptor.
test.skipIf(SANITIZED)(
  "a process whose first connect finds no free descriptor can connect later",
  async () => {
    await using broker = await ScriptedBroker.serving();
    const ended = await runChild("descriptors.mjs", [String(broker.port)], [], {}, FEW_DESCRIPTORS);
    expect(ended).toMatchObject({ code: 0, stderr: "", lines: ["EMFILE", "published"] });
  },
);
