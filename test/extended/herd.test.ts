// A thousand clients of one process lose their broker for five seconds.

import { expect, test } from "vitest";
import { SANITIZED } from "../support/child.ts";
import { runWithBroker } from "./broker-of-child.ts";
import { seconds } from "./effort.ts";

const CLIENTS = seconds >= 60 ? 1_000 : 300;
const OUTAGE = 5;
const MAX_DELAY = 5;
const MIB = 2 ** 20;

interface Report {
  /** Seconds from the broker's return until all clients were back. */
  seconds: number;
  /** The longest block of the event loop, in milliseconds. It excludes waits for a processor. */
  blocked: number;
  before: number;
  after: number;
  answered: number;
}

test.skipIf(SANITIZED)(
  "all clients are back within maxDelay and 3 s, and neither block the event loop nor keep memory",
  async () => {
    const report = await runWithBroker<Report>("herd.mjs", [`${CLIENTS}`, `${OUTAGE}`, `${MAX_DELAY}`]);
    console.log(`${CLIENTS} clients: ${JSON.stringify(report)}`);
    expect(report.seconds).toBeLessThan(MAX_DELAY + 3);
    expect(report.blocked).toBeLessThan(50);
    expect(report.after - report.before).toBeLessThan(8 * MIB);
    expect(report.answered).toBe(CLIENTS);
  },
  120_000,
);
