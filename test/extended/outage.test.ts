// A publisher that does not await its calls goes on during an outage: each limit bounds its memory.

import { expect, test } from "vitest";
import { SANITIZED } from "../support/child.ts";
import { runWithBroker } from "./broker-of-child.ts";
import { seconds } from "./effort.ts";

const CALLS = seconds >= 60 ? 300_000 : 75_000;
const MIB = 2 ** 20;

interface Report {
  /** Bytes of resident memory: before the calls, after the first ones, after as many more, and at the end. */
  before: number;
  first: number;
  second: number;
  after: number;
  /** The calls that waited at the end of the outage. */
  queuedOutgoing: number;
  /** The number of calls that resolved, or that rejected with this code. */
  codes: Record<string, number>;
}

test.skipIf(SANITIZED).each([
  ["maxQueuedOutgoingMessages", { maxQueuedOutgoingMessages: 5_000 }, 5_000],
  ["maxQueuedOutgoingBytes", { maxQueuedOutgoingBytes: 5_000_000 }, 5_000],
  ["the default of maxQueuedOutgoingBytes", {}, 67_000],
  [
    "maxConcurrentOutgoingCalls and maxQueuedOutgoingBytes",
    { maxConcurrentOutgoingCalls: 100, maxQueuedOutgoingBytes: 5_000_000 },
    5_000,
  ],
  ["whileDisconnected: reject", { whileDisconnected: "reject" }, 0],
])(
  "%s bounds the memory of a publisher in an outage",
  async (_name, options, waiting) => {
    const report = await runWithBroker<Report>("outage.mjs", [JSON.stringify(options), `${CALLS}`]);
    const { before, first, second, after, queuedOutgoing, codes } = report;
    console.log(JSON.stringify(report));
    const { resolved = 0, ...rejected } = codes;
    // A call that waits has some KiB of its own, beside the payload of 1 000 bytes.
    expect(first - before).toBeLessThan(waiting * 4_000 + 32 * MIB);
    expect(second - first).toBeLessThan(16 * MIB);
    expect(after - before).toBeLessThan(64 * MIB);
    expect(queuedOutgoing).toBeLessThanOrEqual(waiting);
    expect(queuedOutgoing).toBeGreaterThanOrEqual(waiting * 0.9);
    // The calls that waited have arrived, and the others were refused at once.
    expect(resolved).toBe(queuedOutgoing);
    expect(rejected).toEqual({
      [waiting === 0 ? "NOT_CONNECTED" : "QUEUE_FULL"]: 2 * CALLS - queuedOutgoing,
    });
  },
  120_000,
);
