// A thousand clients of one process lose their broker for five seconds.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { SANITIZED } from "../support/child.ts";
import { KilledMosquitto } from "../support/killed-mosquitto.ts";
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

/** Answers the child's requests for the broker until it ends. Returns its output. */
async function serve(child: ChildProcess, broker: KilledMosquitto): Promise<string> {
  child.on("message", async (what) => {
    if (what === "kill") await broker.kill();
    if (what === "start") await broker.restart();
    child.send(what === "url" ? broker.url : "done");
  });
  let output = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  await once(child, "close");
  return output;
}

test.skipIf(SANITIZED)(
  "all clients are back within maxDelay and 3 s, and neither block the event loop nor keep memory",
  async () => {
    await using broker = await KilledMosquitto.start({ persistence: false });
    const script = fileURLToPath(new URL("children/herd.mjs", import.meta.url));
    const args = ["--expose-gc", script, `${CLIENTS}`, `${OUTAGE}`, `${MAX_DELAY}`];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit", "ipc"] });
    const report = JSON.parse(await serve(child, broker)) as Report;
    console.log(`${CLIENTS} clients: ${JSON.stringify(report)}`);
    expect(report.seconds).toBeLessThan(MAX_DELAY + 3);
    expect(report.blocked).toBeLessThan(50);
    expect(report.after - report.before).toBeLessThan(8 * MIB);
    expect(report.answered).toBe(CLIENTS);
  },
  120_000,
);
