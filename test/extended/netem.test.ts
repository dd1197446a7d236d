// A network that loses, delays and reorders packets: the kernel's netem in a network namespace of the test's own.

import { expect, test } from "vitest";
import { runScript } from "../support/child.ts";
import { obstacleTo } from "../support/obstacle.ts";

const network = "ip link set lo up && tc qdisc add dev lo root netem";
const faults = "delay 2ms 1ms loss 2% duplicate 1% reorder 10%";

// The test needs Linux, root, iproute2, and a kernel with netem.
const reason = obstacleTo(["unshare", "-n", "sh", "-c", `${network} ${faults}`]);
if (reason !== undefined) console.log(`skipped, as there is no network to spoil: ${reason}`);

test.skipIf(reason !== undefined)(
  "loss, delay and reordering of packets lose no message",
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
