// A network that loses packets, delays and reorders them: the kernel's netem, in a network namespace of the test's own.

import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { runScript } from "../support/child.ts";

const network = "ip link set lo up && tc qdisc add dev lo root netem";
const faults = "delay 2ms 1ms loss 2% duplicate 1% reorder 10%";

/** Why it cannot be done here; undefined when it can. It takes Linux, root, iproute2, and a kernel with netem. */
function obstacle(): string | undefined {
  try {
    execFileSync("unshare", ["-n", "sh", "-c", `${network} ${faults}`], { stdio: "pipe" });
    return undefined;
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: Buffer };
    return stderr?.toString().trim() || message;
  }
}

const reason = obstacle();
if (reason !== undefined) console.log(`skipped, as there is no network to spoil: ${reason}`);

test.skipIf(reason !== undefined)(
  "loss, delay and reordering cost time, and nothing else",
  async () => {
    const child = new URL("children/netem.mjs", import.meta.url);
    const ended = await runScript(child, [], [], {}, [
      "unshare",
      "-n",
      "sh",
      "-c",
      `${network} ${faults} && exec "$@"`,
      "sh",
    ]);
    expect(ended).toMatchObject({ code: 0, signal: null, stderr: "", lines: ["200,200,200"] });
  },
  120_000,
);
